"""The steps of one official case, each with its witness, its label and the machine's own successor."""

from __future__ import annotations

import random
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from offchain.batches.codec import encode_order
from offchain.conformance.case import StateCase
from offchain.conformance.machine import context_of, memory_state
from offchain.evm.context import BatchContext, MemoryState
from offchain.evm.exceptions import ExceptionalHalt
from offchain.evm.history import BLOCK_HASH_WINDOW, history_slot
from offchain.evm.interpreter import COSTS
from offchain.evm.journal import Checkpoint
from offchain.evm.machine import Machine
from offchain.evm.pending import Copy
from offchain.evm.phase import Phase
from offchain.proofs.machine import ProvingMachine
from offchain.proofs.pre_tree import tree_over
from offchain.steptest.outcomes import mnemonic, outcome_of

__all__ = ["FULL_LIMIT", "LONG_SAMPLE", "CaseRun", "Step", "chosen_steps"]

#: Of a case with more steps than this only LONG_SAMPLE are asked about, if nobody says otherwise.
FULL_LIMIT: Final = 10_000
LONG_SAMPLE: Final = 2_000
_ENDS: Final = 200

_CALLS: Final = (0xF1, 0xF2, 0xF4, 0xFA)
_REVERT: Final = 0xFD
_ADDRESS_MASK: Final = (1 << 160) - 1
_PRAGUE: Final = range(0x0B, 0x12)


@dataclass(frozen=True, slots=True)
class Step:
    """A question to the verifier, with the machine's answer ``after``.

    ``kind`` is a mnemonic, COPY or HASH of a micro-step, or a phase; ``outcome`` is "" outside of instructions.
    ``needs_prague``: it may run a precompile of Prague on L1.
    """

    index: int
    context_hash: bytes
    unit: int
    before: bytes
    after: bytes
    witness: bytes
    kind: str
    outcome: str
    needs_prague: bool


def chosen_steps(total: int, sample: int | None, seed: bytes) -> Collection[int]:
    """Which of ``total`` steps to ask about: always the same ones, the first and the last among them.

    ``sample``: at most so many of each case; None: all, and 2,000 of cases of more than 10,000.
    """
    if total <= (FULL_LIMIT if sample is None else sample):
        return range(total)
    count = LONG_SAMPLE if sample is None else sample
    ends = min(_ENDS, count // 3)
    inner = random.Random(seed).sample(range(ends, total - ends), count - 2 * ends)  # noqa: S311  a sample
    return {*range(ends), *inner, *range(total - ends, total)}


class _WatchedMachine(ProvingMachine):
    """A machine that remembers the fault of the instruction that `watch` announced."""

    fault: type[ExceptionalHalt] | None = None
    _watched: Checkpoint | None = None
    _reverts: bool = False

    def watch(self, opcode: int) -> None:
        """Forget the last fault, and look out for one of the instruction that comes now."""
        assert self.frame is not None
        self.fault = None
        self._watched = self.frame.checkpoint
        self._reverts = opcode == _REVERT

    def restore(self, checkpoint: Checkpoint) -> None:
        """See `Machine.restore`. A precompile that fails restores a checkpoint of its own."""
        if checkpoint is self._watched:
            fault = sys.exception()
            if isinstance(fault, ExceptionalHalt):
                self.fault = type(fault)
            elif not self._reverts:  # a creation whose code is refused halts without an exception
                self.fault = ExceptionalHalt
        super().restore(checkpoint)


class CaseRun:
    """One case before its batch: ``total`` steps lead to DIFF.

    The block hashes of state tests lie in the EIP-2935 account, where BLOCKHASH of the L2 finds them.
    """

    def __init__(self, case: StateCase) -> None:
        pre = memory_state(case.pre)
        context = context_of(case.environment)
        number = context.number
        # Block 0 has no parent whose hash a batch could begin with.
        options = {"system_call": number > 0}
        if number:
            parent = case.environment.block_hash(number - 1)
            context = replace(context, parent_order_hash=parent)
            for earlier in range(max(0, number - BLOCK_HASH_WINDOW), number - 1):
                pre.slots[history_slot(earlier)] = int.from_bytes(case.environment.block_hash(earlier))
        data = encode_order([case.raw])
        self.total = _count(pre, context, data, options)
        self._machine = _machine(pre, context, data, options)

    def steps(self, chosen: Collection[int]) -> Iterator[Step]:
        """The chosen steps, in order."""
        machine = self._machine
        known: bytes | None = None
        done = 0
        for index in sorted(chosen):
            if index > done:
                machine.pass_over(index - done)
                known = None
            done = index + 1
            before = machine.hash if known is None else known
            unit = machine.unit
            kind, opcode = _kind(machine)
            needs_prague = _needs_prague(machine)
            pays_static_gas = True
            if opcode is not None:
                pays_static_gas = _gas(machine) >= COSTS[opcode]
                machine.watch(opcode)
            witness = machine.prove_step()
            known = machine.hash
            outcome = ""
            if opcode is not None:
                outcome = outcome_of(machine.fault, pays_static_gas=pays_static_gas)
            yield Step(index, machine.context_hash, unit, before, known, witness, kind, outcome, needs_prague)


def _machine(
    pre: MemoryState, context: BatchContext, data: bytes, options: dict[str, Any]
) -> _WatchedMachine:
    return _WatchedMachine(pre, tree_over(pre), context, data, **options)


def _count(pre: MemoryState, context: BatchContext, data: bytes, options: dict[str, Any]) -> int:
    machine = Machine(pre, context, data, stepwise=True, **options)
    step = machine.step
    total = 0
    while machine.phase is not Phase.DIFF:
        step()
        total += 1
    return total


def _kind(machine: Machine) -> tuple[str, int | None]:
    """The name of the next step, and its opcode if it is an instruction."""
    frame = machine.frame
    if machine.phase is not Phase.EXECUTE or frame is None:
        return machine.phase.name, None
    if frame.pending is not None:
        return "COPY" if isinstance(frame.pending, Copy) else "HASH", None
    opcode = frame.code.padded[frame.pc]
    return mnemonic(opcode), opcode


def _gas(machine: Machine) -> int:
    frame = machine.frame
    assert frame is not None
    return frame.gas


def _needs_prague(machine: Machine) -> bool:
    frame = machine.frame
    if machine.phase is Phase.START:
        to = machine.tx.transaction.to
        return to is not None and int.from_bytes(to) in _PRAGUE
    if machine.phase is not Phase.EXECUTE or frame is None or frame.pending is not None:
        return False
    if frame.code.padded[frame.pc] not in _CALLS or len(frame.stack) < 2:
        return False
    return frame.stack[-2] & _ADDRESS_MASK in _PRAGUE
