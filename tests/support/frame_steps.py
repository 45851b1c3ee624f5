"""Programs that begin and end frames, run step by step, and what the provers of such steps make of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from offchain.batches.codec import encode_order
from offchain.conformance.fixtures import list_files, read_tests
from offchain.conformance.machine import context_of, memory_state
from offchain.conformance.state_tests import is_state_test, state_cases
from offchain.evm.items import MAX_ITEM_SIZE
from offchain.proofs.machine import ProvingMachine
from offchain.proofs.provers import Prover
from tests.support.assembly import assemble, push
from tests.support.batches import CALLEE, CONTRACT, World, transaction
from tests.support.in_process import InProcess, Reverted
from tests.support.step_proofs import ProvenStep, machine_over, proven_steps, proving_machine

__all__ = [
    "CHILD",
    "END",
    "HALT",
    "INLINE",
    "MISSING_PRECOMPILE",
    "SERVED",
    "Frames",
    "Program",
    "call_gas",
    "check",
    "checked",
    "contract",
    "gas_of",
    "limits_around_the_price",
    "mutants",
    "official_machines",
    "outcomes",
    "pushes",
    "successor",
]

HALT, CHILD, INLINE, END = "halt", "child", "inline", "end"

MISSING_PRECOMPILE: Final = "38ef377a"  # selector of PrecompileProver_PrecompileIsMissing


@dataclass(frozen=True)
class Program:
    """A contract at CONTRACT that one transaction runs.

    ``nested`` and ``static``: the code is at CALLEE and called so by CONTRACT. ``depth`` is the depth of its frame,
    of the top frame without the frames below it where it is not 0. ``accounts``: changes, as of `World.with_account`.
    """

    code: bytes
    accounts: Mapping[bytes, Mapping[str, Any]] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    gas_limit: int = 1_000_000
    nested: bool = False
    static: bool = False
    depth: int = 0
    creation: bool = False

    def machine(self) -> ProvingMachine:
        """The machine before the batch."""
        codes = {CONTRACT: self.code}
        if self.nested or self.static:
            if self.static:
                outer = assemble(0, 0, 0, 0, push(int.from_bytes(CALLEE)), "GAS", "STATICCALL", "POP")
            else:
                outer = assemble(64, 0, 0, 0, 0, push(int.from_bytes(CALLEE)), "GAS", "CALL", "POP")
            codes = {CONTRACT: outer, CALLEE: self.code}
        world = World.of(codes)
        for at, changes in self.accounts.items():
            world = world.with_account(at, **changes)
        fields: dict[str, Any] = {"gas_limit": self.gas_limit} | dict(self.fields)
        if self.creation:
            fields |= {"to": None, "data": self.code}
        return proving_machine(world, [transaction(**fields)])

    def steps(self) -> Frames:
        """All steps, from the top frame on where the depth is not 0."""
        machine = self.machine()
        if self.depth:
            while machine.frame is None:
                machine.prove_step()
            machine.frame.depth = self.depth  # before anything has looked at the frame
        return Frames(machine)


class Frames(list[ProvenStep]):
    """The steps of a machine. ``outcome_of`` tells what became of the instruction at an index."""

    def __init__(self, machine: ProvingMachine) -> None:
        super().__init__()
        self._outcomes: list[str] = []
        steps = proven_steps(machine)
        while True:
            frame = machine.frame
            gas = 0 if frame is None or frame.parent is None else frame.parent.gas
            step = next(steps, None)
            if step is None:
                return
            self.append(step)
            after = machine.frame
            outcome = INLINE
            if frame is not None and after is not frame:
                gas_left = machine.tx.gas_left if after is None else after.gas - gas
                is_child = after is not None and after.parent is frame
                outcome = CHILD if is_child else END if gas_left else HALT
            self._outcomes.append(outcome)

    def outcome_of(self, index: int) -> str:
        """HALT, CHILD (a frame opens), END (the frame ends with gas left), or INLINE."""
        return self._outcomes[index]


def checked(program: Program, opcode: int) -> list[str]:
    """The outcomes of an instruction in the program's own frame, once the contracts have agreed on all steps."""
    steps = program.steps()
    check(steps)
    return own_outcomes(program, steps, opcode)


def own_outcomes(program: Program, steps: Frames, opcode: int) -> list[str]:
    """The outcomes of an instruction in the program's own frame."""
    depth = 1 if program.nested or program.static else program.depth
    return [outcome for have, outcome, step in outcomes(steps) if have == opcode and step.depth == depth]


def outcomes(steps: Frames) -> list[tuple[int, str, ProvenStep]]:
    """(opcode, outcome, step) of the instructions."""
    return [
        (step.opcode, steps.outcome_of(index), step)
        for index, step in enumerate(steps)
        if step.depth >= 0 and step.opcode >= 0
    ]


@cache
def contract(prover: Prover) -> InProcess:
    """The contract of one of the provers of frames."""
    if prover is Prover.CALL:
        precompiles = InProcess("PrecompileProver")
        return InProcess("CallProver", precompiles.address, beside=precompiles)
    return InProcess({Prover.CREATE: "CreateProver", Prover.END: "EndProver"}[prover])


SERVED: Final = (Prover.CALL, Prover.CREATE, Prover.END)


def successor(prover: Prover, step: ProvenStep, witness: bytes | None = None) -> bytes | None:
    """The contract's successor, None where it reverts."""
    try:
        (after,) = contract(prover).call(
            "prove", step.context_hash, step.unit, step.before, step.witness if witness is None else witness
        )
    except Reverted:
        return None
    return bytes(after)


def check(steps: Sequence[ProvenStep], prover: Prover | None = None) -> list[ProvenStep]:
    """Assert that the contracts find the machine's successors of all steps that begin or end frames."""
    served = [step for step in steps if step.prover in SERVED and prover in (None, step.prover)]
    for step in served:
        (after,) = contract(step.prover).call(
            "prove", step.context_hash, step.unit, step.before, step.witness
        )
        assert bytes(after) == step.after, f"opcode {step.opcode:#x} at depth {step.depth}"
    return served


def limits_around_the_price(program: Program, opcode: int) -> list[int]:
    """Gas limits with which the instruction is reached: without any gas left for it up to just enough for it.

    The last one is the least with which it does not halt, the one before it is one less.
    """
    steps = program.steps()
    # The nested frame gets all but one 64th: search instead of computing.
    low = _least(21_000, program.gas_limit, lambda limit: _outcome(program, limit, opcode) is not None)
    high = _least(low, program.gas_limit, lambda limit: _outcome(program, limit, opcode) not in (None, HALT))
    assert _outcome(program, program.gas_limit, opcode) != HALT, len(steps)
    spread = {low + (high - low) * part // 8 for part in range(8)}
    return [*sorted(spread - {high - 1, high}), high - 1, high] if high > low else [high]


def _outcome(program: Program, limit: int, opcode: int) -> str | None:
    steps = replace(program, gas_limit=limit).steps()
    found = own_outcomes(program, steps, opcode)
    return found[-1] if found else None


def _least(low: int, high: int, holds: Callable[[int], bool]) -> int:
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def pushes(*words: int) -> bytes:
    """Pushes them so that the first is on top."""
    return b"".join(push(word) for word in reversed(words))


# Mutants


def mutants(witness: bytes, other: bytes, rng: random.Random, count: int) -> Iterator[bytes]:
    """Witnesses that are not this one; the first byte, which only chooses the prover, stays."""
    size = len(witness)
    made = 0
    while made < count:
        kind = rng.randrange(7)
        at = rng.randrange(1, size)
        if kind <= 2:  # a bit, and most often one near the end, where the proofs are
            mutant = witness[:at] + bytes([witness[at] ^ 1 << rng.randrange(8)]) + witness[at + 1 :]
        elif kind == 3:
            mutant = witness[:at]
        elif kind == 4:
            mutant = witness + rng.randbytes(rng.randrange(1, 40)) if at % 2 else witness + bytes(32)
        elif kind == 5:
            span = rng.choice((1, 4, 8, 20, 32))
            mutant = witness[:at] + bytes(span) + witness[at + span :]
        else:
            mutant = witness[:at] + other[at:]
        if mutant != witness and mutant:
            made += 1
            yield mutant


# Gas


def call_gas(step: ProvenStep) -> int:
    """What the prover's contract spends on a step, without the transaction."""
    check([step])
    return contract(step.prover).execution_gas


def gas_of(step: ProvenStep, execution: int) -> int:
    """All in: 21,000, the witness as calldata, and the execution, or the floor of EIP-7623 if that is more."""
    zeros = step.witness.count(0)
    others = len(step.witness) - zeros
    return 21_000 + max(4 * zeros + 16 * others + execution, 10 * zeros + 40 * others)


# Official cases


def official_machines(folder: Path) -> Iterator[ProvingMachine]:
    """A machine before the batch of each official state test of Osaka that fits our accounts."""
    for file in list_files([folder]):
        for name, test in read_tests(file.path):
            if not is_state_test(test):
                continue
            for case in state_cases(str(file.path), name, test, ("Osaka",)):
                if case.fork != "Osaka" or any(account.balance >> 160 for account in case.pre.values()):
                    continue
                if not 0 < len(case.raw) <= MAX_ITEM_SIZE:
                    continue
                yield machine_over(
                    memory_state(case.pre),
                    context_of(case.environment),
                    encode_order([case.raw]),
                    block_hash=case.environment.block_hash,
                    system_call=False,
                )
