"""Steps with their witnesses, and what the provers on L1 make of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from offchain.batches.codec import encode_order
from offchain.conformance.machine import memory_state
from offchain.evm.context import BatchContext, MemoryState
from offchain.evm.phase import Phase
from offchain.proofs.machine import ProvingMachine
from offchain.proofs.provers import Prover
from offchain.state.diff import Diff
from offchain.trees.sparse_merkle_tree import SparseMerkleTree
from tests.support.batches import World
from tests.support.in_process import InProcess, Reverted

__all__ = ["MICRO_STEP", "ProvenStep", "StepProver", "machine_over", "proven_steps", "proving_machine"]

MICRO_STEP = -1  # in place of an opcode
_NO_OPCODE = -2


@dataclass(frozen=True, slots=True)
class ProvenStep:
    """One step: hashes around it, its witness, and what it was.

    ``gas`` and ``gas_after`` are those of the frame that ran; ``gas_after`` is None where it ended. ``depth`` is -1
    outside of frames.
    """

    context_hash: bytes
    unit: int
    before: bytes
    after: bytes
    witness: bytes
    phase: Phase
    opcode: int
    depth: int
    gas: int
    gas_after: int | None

    @property
    def prover(self) -> Prover:
        """Who serves it."""
        return Prover(self.witness[0])

    @property
    def ended(self) -> bool:
        """Whether the frame ended: a halt, for an instruction that ends no frame by itself."""
        return self.gas_after is None


def machine_over(pre: MemoryState, context: BatchContext, data: bytes, **options: Any) -> ProvingMachine:
    """A machine with witnesses over a flat pre-state. Options as of `Machine`."""
    state = Diff(
        accounts={address: account for address, account in pre.accounts.items() if account},
        slots={slot: value for slot, value in pre.slots.items() if value},
        codes=pre.code_hashes,
        code=pre.codes,
    )
    return ProvingMachine(pre, SparseMerkleTree(state.leaves()), context, data, **options)


def proving_machine(world: World, items: Sequence[bytes], **options: Any) -> ProvingMachine:
    """A machine with witnesses before a batch of these items; the EIP-2935 account is left alone by default."""
    options = {"system_call": False} | options
    return machine_over(memory_state(world.accounts), world.context, encode_order(items), **options)


def proven_steps(machine: ProvingMachine, limit: int = 1 << 24) -> Iterator[ProvenStep]:
    """The steps from here to the batch's end, at most ``limit``."""
    before = machine.hash
    for _ in range(limit):
        if machine.phase is Phase.DIFF:
            return
        unit, phase, frame = machine.unit, machine.phase, machine.frame
        opcode, gas = _NO_OPCODE, 0
        if frame is not None:
            opcode = MICRO_STEP if frame.pending is not None else frame.code.padded[frame.pc]
            gas = frame.gas
        depth = -1 if frame is None else frame.depth
        witness = machine.prove_step()
        after = machine.hash
        left = frame.gas if frame is not None and machine.frame is frame else None
        yield ProvenStep(machine.context_hash, unit, before, after, witness, phase, opcode, depth, gas, left)
        before = after


class StepProver:
    """A prover's contract in process."""

    def __init__(self, name: str) -> None:
        self._contract = InProcess(name)

    def successor(self, step: ProvenStep, **changes: Any) -> bytes | None:
        """The hash of the state after it, or None where the contract reverts.

        ``changes``: another `witness`, `unit` or `before`.
        """
        try:
            (after,) = self._contract.call(
                "prove",
                step.context_hash,
                changes.get("unit", step.unit),
                changes.get("before", step.before),
                changes.get("witness", step.witness),
            )
        except Reverted:
            return None
        result: bytes = after
        return result

    def check(self, step: ProvenStep) -> None:
        """Assert that the contract finds the machine's own successor."""
        (after,) = self._contract.call("prove", step.context_hash, step.unit, step.before, step.witness)
        assert after == step.after, f"opcode {step.opcode:#x} at depth {step.depth}"

    def check_all(self, steps: Iterable[ProvenStep], kind: Prover) -> list[ProvenStep]:
        """Check the steps that this prover serves, and return them."""
        served = [step for step in steps if step.prover is kind]
        for step in served:
            self.check(step)
        return served

    def gas(self, step: ProvenStep) -> int:
        """What `check` costs without the transaction's 21,000 and without calldata."""
        self.check(step)
        return self._contract.execution_gas
