"""All batches of a small chain in memory, as they really are: what a cheat alters, and what tests judge by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from offchain.batches.executor import PythonExecutor
from offchain.evm.context import BatchContext, MemoryState
from offchain.faults.traces import STEP_BITS, Recorded, record
from offchain.game.games import Form
from offchain.node.genesis import Genesis
from offchain.proofs.application import Application
from offchain.proofs.machine import ProvingMachine
from offchain.state.diff import Diff
from offchain.trees.sparse_merkle_tree import SparseMerkleTree

__all__ = ["Replay", "ReplayedBatch", "applied", "apply_leaves"]

_ZERO = bytes(32)


@dataclass(frozen=True, slots=True)
class ReplayedBatch:
    """One batch: the state before it, flat and as leaves, its context and bytes, and what it did."""

    pre: MemoryState
    leaves: dict[bytes, bytes]
    context: BatchContext
    data: bytes
    diff: Diff

    def machine(self, kind: type[ProvingMachine] = ProvingMachine, **options: Any) -> ProvingMachine:
        """A machine before the batch's first step."""
        return kind(self.pre, SparseMerkleTree(self.leaves), self.context, self.data, **options)


class Replay:
    """A `Knowledge` without witnesses. Batches are counted from 1."""

    def __init__(self, genesis: Genesis, orders: Sequence[tuple[BatchContext, bytes]]) -> None:
        executor = PythonExecutor()
        allocation = genesis.allocation()
        state, leaves = _apply(MemoryState(), allocation), apply_leaves({}, allocation.leaves())
        self.batches: list[ReplayedBatch] = []
        for context, data in orders:
            diff = executor.execute(state, context, data).diff
            self.batches.append(ReplayedBatch(state, leaves, context, data, diff))
            state, leaves = _apply(state, diff), apply_leaves(leaves, diff.leaves())
        self.leaves = [batch.leaves for batch in self.batches] + [leaves]
        self._roots = [SparseMerkleTree(state_leaves).root for state_leaves in self.leaves]
        self._traces = cache(self._record)

    @property
    def head(self) -> int:
        """The last batch."""
        return len(self.batches)

    def batch(self, number: int) -> ReplayedBatch:
        """One batch."""
        return self.batches[number - 1]

    def state_root(self, batch: int) -> bytes:
        """See `Knowledge.state_root`."""
        return self._roots[batch]

    def diff_root(self, batch: int) -> bytes:
        """See `Knowledge.diff_root`."""
        return self.batch(batch).diff.root()

    def trace(self, form: Form, batch: int) -> Recorded:
        """See `Knowledge.trace`; all states are computed at the first question."""
        return self._traces(form, batch)

    def end_of_execution(self, batch: int) -> int:
        """The index in the full form's trace where the execution is over and the application begins."""
        units = self.trace(Form.EXECUTION, batch).units
        return (len(units) - 1 << STEP_BITS) + len(units[-1])

    def _record(self, form: Form, number: int) -> Recorded:
        batch = self.batch(number)
        if form is Form.EXECUTION:
            return record(batch.machine())
        application = Application(SparseMerkleTree(batch.leaves), batch.diff.leaves())
        states = [application.hash(index) for index in range(application.length + 1)]
        if form is Form.APPLICATION:
            return Recorded([states[:-1]], states[-1])
        return applied(self.trace(Form.EXECUTION, number), batch.leaves, batch.diff.leaves())


def applied(execution: Recorded, state: dict[bytes, bytes], diff: dict[bytes, bytes]) -> Recorded:
    """The full form: an execution, and behind it the application of the diff that it ends in."""
    application = Application(SparseMerkleTree(state), diff)
    states = [application.hash(index) for index in range(application.length + 1)]
    return Recorded([*execution.units[:-1], [*execution.units[-1], *states[:-1]]], states[-1])


def apply_leaves(state: dict[bytes, bytes], diff: dict[bytes, bytes]) -> dict[bytes, bytes]:
    """The leaves of a state after a diff, whose zeros are deletions."""
    return {key: value for key, value in {**state, **diff}.items() if value != _ZERO}


def _apply(state: MemoryState, diff: Diff) -> MemoryState:
    return MemoryState(
        accounts={**state.accounts, **diff.accounts},
        slots={**state.slots, **diff.slots},
        code_hashes={**state.code_hashes, **diff.codes},
        codes={**state.codes, **diff.code},
    )
