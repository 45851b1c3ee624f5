"""Machine, EELS and the deployed verifier on one batch."""

from __future__ import annotations

from collections.abc import Sequence

from tests.support.batches import World, execute
from tests.support.eels_batch import assert_as_eels
from tests.support.step_proofs import ProvenStep, proven_steps, proving_machine
from tests.support.verifier_contract import verifier

__all__ = ["agree", "check", "outcome"]


def check(steps: Sequence[ProvenStep]) -> None:
    """The verifier finds the machine's successor of each step."""
    for step in steps:
        (after,) = verifier().call("step", step.context_hash, step.unit, step.before, step.witness)
        assert bytes(after) == step.after, f"{step.phase.name} {step.opcode:#x} at depth {step.depth}"


def agree(world: World, items: Sequence[bytes], *, only: int | None = None) -> list[ProvenStep]:
    """All three agree on the batch. ``only``: check steps of frames at this depth alone, and those around frames."""
    steps = list(proven_steps(proving_machine(world, items)))
    # The begin leaves the EIP-2935 account alone here.
    check([step for step in steps[1:] if only is None or step.depth in (-1, only)])
    assert_as_eels(world, items, execute(world, items))
    return steps


def outcome(world: World, item: bytes) -> str:
    """What becomes of the only item: success, failure, or skipped."""
    return str(execute(world, [item]).receipt.status)
