"""A machine with deep trees, and the one step of it that a row of the gas table is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from offchain.batches.codec import encode_order
from offchain.bench.steps.depths import Depths, fillers
from offchain.conformance.case import Account
from offchain.conformance.machine import memory_state
from offchain.errors import InputError
from offchain.evm.context import BatchContext
from offchain.evm.history import history_slot
from offchain.evm.phase import Phase
from offchain.evm.signing import address_of_key, sign_transaction
from offchain.hashing import keccak
from offchain.proofs.machine import ProvingMachine
from offchain.state.diff import Diff
from offchain.state.keys import account_leaf, code_leaf, slot_leaf
from offchain.trees.sparse_merkle_tree import SparseMerkleTree

__all__ = [
    "COINBASE",
    "CONTEXT_OF_ALL",
    "ETHER",
    "GAS_LIMIT",
    "KEY",
    "SENDER",
    "DeepMachine",
    "Question",
    "Stage",
    "Wanted",
    "at_opcode",
    "question",
    "reach",
    "signed",
]

KEY: Final = b"\x5a" * 32
SENDER: Final = address_of_key(KEY)
COINBASE: Final = b"\xc0" * 20
ETHER: Final = int.from_bytes(b"\x11" * 12)
GAS_LIMIT: Final = 1 << 24
_STEPS: Final = 200_000  # no row needs more

CONTEXT_OF_ALL: Final = BatchContext(
    chain_id=0x1A2B3C4D5E6F7A8B,
    number=0x1A2B3C4D,
    timestamp=0x6A2B3C4D,
    prevrandao=b"\x7a" * 32,
    parent_order_hash=b"\x0d" * 32,
    coinbase=COINBASE,
    gas_limit=0x1A2B3C4D5E6F7A8B,
    base_fee=0x1A2B3C4D5E,
)


@dataclass(frozen=True, slots=True)
class Question:
    """One step: hashes around it, and its witness."""

    context_hash: bytes
    unit: int
    before: bytes
    after: bytes
    witness: bytes


@dataclass(frozen=True, slots=True)
class Stage:
    """The state before a batch and the batch's bytes.

    ``addresses`` and ``slots``: what the steps open besides the accounts and slots that are there.
    """

    accounts: Mapping[bytes, Account]
    data: bytes
    addresses: tuple[bytes, ...] = ()
    slots: tuple[tuple[bytes, int], ...] = ()
    context: BatchContext = field(default=CONTEXT_OF_ALL)

    @classmethod
    def of(
        cls,
        accounts: Mapping[bytes, Account],
        *items: bytes,
        addresses: tuple[bytes, ...] = (),
        slots: tuple[tuple[bytes, int], ...] = (),
    ) -> Stage:
        """A batch of these items, with a rich sender in the state."""
        rich = {SENDER: Account(7, 1 << 150, b""), COINBASE: Account(0, ETHER, b"")}
        return cls({**rich, **accounts}, encode_order(items), addresses, slots)

    def opened_addresses(self) -> set[bytes]:
        """Every account whose path is made deep."""
        return {*self.accounts, *self.addresses}

    def opened_slots(self) -> set[tuple[bytes, int]]:
        """Every slot whose path is made deep."""
        there = {(at, key) for at, account in self.accounts.items() for key in account.storage}
        number = self.context.number
        return there | {*self.slots, history_slot(number - 1), history_slot(number - 2)}


class DeepMachine(ProvingMachine):
    """A machine all of whose trees have leaves beside the paths of the stage's keys.

    The leaves come into the diff when the batch has begun, and into the scratch when a transaction has: both are empty
    before, and L1 knows it.
    """

    def __init__(self, stage: Stage, depths: Depths) -> None:
        pre = memory_state(stage.accounts)
        addresses, slots = stage.opened_addresses(), stage.opened_slots()
        state = Diff(
            accounts={address: account for address, account in pre.accounts.items() if account},
            slots={slot: value for slot, value in pre.slots.items() if value},
            codes=pre.code_hashes,
            code=pre.codes,
        )
        keys = [leaf(at) for at in addresses for leaf in (account_leaf, code_leaf)]
        keys += [slot_leaf(*slot) for slot in slots]
        scratch_keys = [keccak(at + b"\x03") for at in addresses]
        scratch_keys += [
            keccak(at + tag + key.to_bytes(32, "big")) for at, key in slots for tag in (b"\x04", b"\x05")
        ]
        self._diff_fillers = fillers(keys, depths.diff)
        self._scratch_fillers = fillers(scratch_keys, depths.scratch)
        tree = SparseMerkleTree(fillers(keys, depths.state) | state.leaves())
        super().__init__(pre, tree, stage.context, stage.data)

    def advance(self) -> None:
        """Make a step whose witness nobody wants."""
        phase = self.phase
        if phase is Phase.ITEM:  # it lays out the transaction, which later witnesses need
            self.prove_step()
        else:
            self.step()
        if phase is Phase.BEGIN:
            self.overlay.mirror.tree.update(self._diff_fillers)
        elif phase is Phase.ITEM and Phase.ITEM < self.phase < Phase.DIFF:
            self.scratch.mirror.tree.update(self._scratch_fillers)


Wanted = Callable[[DeepMachine], bool]


def at_opcode(opcode: int, depth: int, index: int = 0, start: int = 0) -> Wanted:
    """Before the instruction, in a frame of this depth, where it comes up for the time ``index`` from ``start`` on."""
    seen = 0

    def wanted(machine: DeepMachine) -> bool:
        nonlocal seen
        frame = machine.frame
        if machine.phase is not Phase.EXECUTE or frame is None or frame.pending is not None:
            return False
        if frame.depth != depth or frame.pc < start or frame.code.padded[frame.pc] != opcode:
            return False
        seen += 1
        return seen == index + 1

    return wanted


def reach(stage: Stage, depths: Depths, wanted: Wanted) -> DeepMachine:
    """The machine before the first step that is wanted."""
    machine = DeepMachine(stage, depths)
    for _ in range(_STEPS):
        if wanted(machine):
            return machine
        if machine.phase is Phase.DIFF:
            break
        machine.advance()
    raise InputError("the batch ends before the step that the row is about")


def question(stage: Stage, depths: Depths, wanted: Wanted) -> Question:
    """The step that is wanted, with its witness."""
    machine = reach(stage, depths, wanted)
    before, unit = machine.hash, machine.unit
    witness = machine.prove_step()
    return Question(machine.context_hash, unit, before, machine.hash, witness)


def signed(to: bytes | None, **fields: object) -> bytes:
    """A signed transaction of type 2 of SENDER that pays a tip, unless the fields say otherwise."""
    base: dict[str, object] = {
        "chain_id": CONTEXT_OF_ALL.chain_id,
        "nonce": 7,
        "gas_limit": GAS_LIMIT,
        "max_fee": 0x2A2B3C4D5E,
        "max_priority_fee": 0x0A2B3C4D5E,
    }
    return sign_transaction(KEY, to=to, **(base | fields))  # type: ignore[arg-type]
