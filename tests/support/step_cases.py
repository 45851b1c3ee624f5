"""Cases for the provers of instructions: one program, every way in which its instructions can end.

Out of gas is reached for each instruction of a program by a second run with just too little gas, so nobody has to
compute costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from offchain.proofs.provers import Prover
from tests.support.assembly import assemble
from tests.support.batches import CONTRACT, World, transaction
from tests.support.step_proofs import MICRO_STEP, ProvenStep, StepProver, proven_steps, proving_machine

__all__ = ["GAS_LIMIT", "Case", "check_case", "check_out_of_gas", "check_underflow", "mutations", "steps_of"]

GAS_LIMIT = 3_000_000


@dataclass(frozen=True)
class Case:
    """A contract that a transaction calls.

    ``accounts``: changes to accounts, as of `World.with_account`; ``before``: items of the batch before that
    transaction; ``fields``: of the transaction; ``options``: of the machine.
    """

    code: bytes
    data: bytes = b""
    before: tuple[bytes, ...] = ()
    accounts: Mapping[bytes, dict[str, Any]] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


def steps_of(case: Case, gas_limit: int = GAS_LIMIT) -> list[ProvenStep]:
    """All steps of the batch."""
    world = World.of({CONTRACT: case.code})
    for at, changes in case.accounts.items():
        world = world.with_account(at, **changes)
    item = transaction(data=case.data, gas_limit=gas_limit, **case.fields)
    return list(proven_steps(proving_machine(world, [*case.before, item], **case.options)))


def check_case(prover: StepProver, kind: Prover, case: Case, gas_limit: int = GAS_LIMIT) -> list[ProvenStep]:
    """Check every step that the prover serves, and return those."""
    return prover.check_all(steps_of(case, gas_limit), kind)


def check_out_of_gas(prover: StepProver, kind: Prover, case: Case) -> set[int]:
    """Run each instruction of the top frame into its end by 1 missing gas; the opcodes that halted so."""
    halted = set()
    served = [step for step in steps_of(case) if step.prover is kind and step.opcode != MICRO_STEP]
    limits = {
        (GAS_LIMIT - step.gas_after - 1, step.opcode) for step in served if step.gas_after and not step.depth
    }
    # ... and by all of its gas missing, which is a fault of the static cost.
    limits |= {(GAS_LIMIT - step.gas, step.opcode) for step in served if not step.depth}
    for limit, opcode in sorted(limits):
        steps = check_case(prover, kind, case, limit)
        if steps and steps[-1].ended and steps[-1].opcode == opcode:
            halted.add(opcode)
    return halted


def check_underflow(prover: StepProver, kind: Prover, opcode: int, pops: int) -> None:
    """One word too few on the stack is a halt."""
    code = assemble(*([1] * (pops - 1))) + bytes([opcode])
    (step,) = check_case(prover, kind, Case(code))
    assert step.ended and step.opcode == opcode


def mutations(witness: bytes, position: int, change: int) -> bytes:
    """The witness with one byte changed, but never the first, which only chooses the prover."""
    at = 1 + position % (len(witness) - 1)
    return witness[:at] + bytes([witness[at] ^ change]) + witness[at + 1 :]
