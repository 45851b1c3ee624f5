"""Machines with one fault: one step does something else, and from then on all is the altered machine's own truth.

A fault waits for its moment and then makes the step in its own way. Everything is a plain subclass of the machine that
makes the honest traces, so that a cheat's trace is as consistent as it can be: it differs in one step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from offchain.evm.account import BALANCE_MASK, NONCE_MASK, NONCE_ONE, NONCE_SHIFT
from offchain.evm.items import next_item
from offchain.evm.pending import Copy
from offchain.evm.phase import Phase
from offchain.evm.precompiles import PRECOMPILES
from offchain.evm.slices import Slice
from offchain.faults.replay import ReplayedBatch
from offchain.faults.traces import Recorded, record
from offchain.proofs.machine import ProvingMachine
from offchain.steptest.assembly import OPCODES

__all__ = [
    "MACHINE_FAULTS",
    "Faulty",
    "FaultyMachine",
    "MachineFault",
    "accepted_invalid",
    "execute_with",
    "skipped_transaction",
    "wrong_balance",
    "wrong_create_address",
    "wrong_gas",
    "wrong_opcode",
    "wrong_precompile",
    "wrong_slot",
]

Step = Callable[[], None]
_ADDRESS_MASK: Final = (1 << 160) - 1
_DEEP: Final = 3
_ETHER: Final = 10**18


@dataclass(frozen=True, slots=True)
class MachineFault:
    """``due``: whether the machine's next step is the one. ``make``: makes it, given the honest way."""

    due: Callable[[ProvingMachine], bool]
    make: Callable[[ProvingMachine, Step], None]


class FaultyMachine(ProvingMachine):
    """A machine with one fault; ``struck`` tells whether its moment came."""

    def __init__(self, *arguments: Any, fault: MachineFault, **options: Any) -> None:
        self._fault = fault
        self.struck = False
        super().__init__(*arguments, **options)

    def step(self) -> None:
        """See `Machine.step`."""
        if not self.struck and self._fault.due(self):
            self.struck = True
            self._fault.make(self, super().step)
        else:
            super().step()


@dataclass(frozen=True, slots=True)
class Faulty:
    """What an altered machine made of a batch: its trace, its h(D), the leaves of its D, and the lie in words."""

    trace: Recorded
    diff_root: bytes
    leaves: dict[bytes, bytes]
    tells: str


def execute_with(batch: ReplayedBatch, fault: MachineFault) -> Faulty:
    """Run a batch on the altered machine. Raises ValueError where the fault's moment never came."""
    machine = batch.machine(FaultyMachine, fault=fault)
    assert isinstance(machine, FaultyMachine)
    trace = record(machine)
    if not machine.struck:
        raise ValueError("this batch has no such step")
    tree = machine.overlay.mirror.tree
    return Faulty(trace, tree.root, dict(tree.items()), _tell(batch, fault))


def wrong_balance(unit: int) -> MachineFault:
    """The sender of transaction ``unit`` gets an ether with its refund."""

    def make(machine: ProvingMachine, step: Step) -> None:
        origin = machine.tx.origin
        step()
        machine.overlay.set_account(origin, machine.overlay.account(origin) + _ETHER)

    return MachineFault(lambda machine: machine.unit == unit and machine.phase is Phase.SETTLE, make)


def wrong_slot(unit: int) -> MachineFault:
    """The first SSTORE of transaction ``unit`` stores one bit more or less."""

    def make(machine: ProvingMachine, step: Step) -> None:
        assert machine.frame is not None
        machine.frame.stack[-2] ^= 1
        step()

    return MachineFault(lambda machine: machine.unit == unit and _next_is(machine, "SSTORE"), make)


def wrong_opcode(unit: int) -> MachineFault:
    """An ADD deep in the calls of transaction ``unit`` is one off."""

    def due(machine: ProvingMachine) -> bool:
        frame = machine.frame
        deep = frame is not None and frame.depth >= _DEEP
        return machine.unit == unit and deep and _next_is(machine, "ADD")

    def make(machine: ProvingMachine, step: Step) -> None:
        step()
        assert machine.frame is not None
        machine.frame.stack[-1] += 1

    return MachineFault(due, make)


def wrong_gas(unit: int) -> MachineFault:
    """The first JUMPI of transaction ``unit`` is one gas too cheap."""

    def make(machine: ProvingMachine, step: Step) -> None:
        step()
        assert machine.frame is not None
        machine.frame.gas += 1

    return MachineFault(lambda machine: machine.unit == unit and _next_is(machine, "JUMPI"), make)


def skipped_transaction(unit: int) -> MachineFault:
    """Transaction ``unit``, valid as it is, is passed over."""

    def make(machine: ProvingMachine, step: Step) -> None:
        del step
        found = next_item(machine.data, machine.cursor)
        assert found is not None
        machine.cursor = sum(found)
        machine.unit += 1

    return MachineFault(lambda machine: machine.unit == unit and machine.phase is Phase.ITEM, make)


def accepted_invalid(unit: int) -> MachineFault:
    """Transaction ``unit``, whose nonce is wrong, is executed."""

    def make(machine: ProvingMachine, step: Step) -> None:
        decode = machine.decode

        def forgiving(raw: bytes, chain_id: int) -> Any:
            transaction = decode(raw, chain_id)
            account = machine.overlay.account(transaction.sender)
            return replace(transaction, nonce=account >> NONCE_SHIFT & NONCE_MASK)

        machine.decode = forgiving
        step()
        machine.decode = decode

    return MachineFault(lambda machine: machine.unit == unit and machine.phase is Phase.ITEM, make)


def wrong_create_address(unit: int) -> MachineFault:
    """The first CREATE of transaction ``unit`` takes the address of the nonce after."""

    def make(machine: ProvingMachine, step: Step) -> None:
        overlay = machine.overlay
        honest = overlay.account

        def once(address: bytes) -> int:
            del overlay.account  # the method shows again
            return honest(address) + NONCE_ONE

        overlay.account = once  # type: ignore[method-assign]
        step()

    return MachineFault(lambda machine: machine.unit == unit and _next_is(machine, "CREATE"), make)


def wrong_precompile(unit: int) -> MachineFault:
    """The first precompile that transaction ``unit`` calls answers with one bit flipped."""

    def due(machine: ProvingMachine) -> bool:
        if machine.unit != unit or not _next_is(machine, "STATICCALL"):
            return False
        assert machine.frame is not None
        return (machine.frame.stack[-2] & _ADDRESS_MASK).to_bytes(20) in PRECOMPILES

    def make(machine: ProvingMachine, step: Step) -> None:
        step()
        frame = machine.frame
        assert frame is not None
        right = frame.return_data.content
        wrong = bytes([right[0] ^ 1]) + right[1:]
        frame.return_data = Slice(wrong, source=wrong)
        if isinstance(frame.pending, Copy):
            frame.pending.source = frame.return_data

    return MachineFault(due, make)


MACHINE_FAULTS: Final[dict[str, Callable[[int], MachineFault]]] = {
    "wrong-balance": wrong_balance,
    "wrong-slot": wrong_slot,
    "wrong-opcode": wrong_opcode,
    "wrong-gas": wrong_gas,
    "skipped-transaction": skipped_transaction,
    "accepted-invalid": accepted_invalid,
    "wrong-create-address": wrong_create_address,
    "wrong-precompile": wrong_precompile,
}
"""By name; each takes the transaction, counted from 1 as units are."""


def _next_is(machine: ProvingMachine, name: str) -> bool:
    frame = machine.frame
    if machine.phase is not Phase.EXECUTE or frame is None or frame.pending is not None:
        return False
    return frame.code.padded[frame.pc] == OPCODES[name]


def _tell(batch: ReplayedBatch, fault: MachineFault) -> str:
    """What the altered step makes of the state, beside what is right."""
    honest, faulty = batch.machine(), batch.machine(FaultyMachine, fault=fault)
    assert isinstance(faulty, FaultyMachine)
    while not faulty.struck:
        honest.pass_over(1)
        faulty.pass_over(1)
    told = [
        f"{what} {_value(wrong)}, right is {_value(right)}"
        for what, wrong, right in _pairs(faulty, honest)
        if wrong != right
    ]
    return "; ".join(told)


def _pairs(faulty: ProvingMachine, honest: ProvingMachine) -> Iterator[tuple[str, object, object]]:
    """What can be compared of two machines, by name."""
    yield "next unit", faulty.unit, honest.unit
    for address in sorted(faulty.overlay.accounts.keys() & honest.overlay.accounts.keys()):
        wrong, right = faulty.overlay.accounts[address], honest.overlay.accounts[address]
        yield f"balance of 0x{address.hex()}", wrong & BALANCE_MASK, right & BALANCE_MASK
    for slot in sorted(faulty.overlay.slots.keys() & honest.overlay.slots.keys()):
        wrong, right = faulty.overlay.slots[slot], honest.overlay.slots[slot]
        yield f"slot {slot[1]:#x} of 0x{slot[0].hex()}", wrong, right
    ours, theirs = honest.frame, faulty.frame
    if ours is not None and theirs is not None:
        yield "address of the frame", theirs.address, ours.address
        yield "gas", theirs.gas, ours.gas
        yield "top of the stack", theirs.stack[-1:], ours.stack[-1:]
        yield "return data", bytes(theirs.return_data.content), bytes(ours.return_data.content)


def _value(value: object) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, list):
        return ", ".join(map(_value, value)) or "nothing"
    return f"{value:,}" if isinstance(value, int) and value < 1 << 64 else f"{value}"
