"""Traces, and the same states made step by step by a machine that proves every one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from offchain.batches.codec import encode_order
from offchain.conformance.machine import memory_state
from offchain.evm.context import BatchContext, MemoryState
from offchain.proofs.execution_trace import ExecutionTrace, execution_trace
from offchain.proofs.pre_tree import tree_over
from tests.support.batches import World
from tests.support.step_proofs import machine_over, proven_steps

__all__ = ["Reference", "index_of", "reference_of", "trace_of_items", "trace_over"]


@dataclass(frozen=True, slots=True)
class Reference:
    """A step made by `ProvingMachine`: its index, the hashes around it, its witness, and what it was."""

    index: int
    before: bytes
    after: bytes
    witness: bytes
    opcode: int


def index_of(unit: int, step: int) -> int:
    """The index of an execution."""
    return unit << 24 | step


def trace_over(pre: MemoryState, context: BatchContext, data: bytes, **options: Any) -> ExecutionTrace:
    """A trace over a flat pre-state."""
    return execution_trace(pre, tree_over(pre), context, data, **options)


def trace_of_items(world: World, items: Sequence[bytes] | bytes, **options: Any) -> ExecutionTrace:
    """A trace of a batch of these items, or of an order's bytes."""
    data = items if isinstance(items, bytes) else encode_order(items)
    return trace_over(memory_state(world.accounts), world.context, data, **options)


def reference_of(
    world: World, items: Sequence[bytes] | bytes, limit: int = 1 << 24, **options: Any
) -> list[Reference]:
    """The steps of the batch, at most ``limit``."""
    data = items if isinstance(items, bytes) else encode_order(items)
    machine = machine_over(memory_state(world.accounts), world.context, data, **options)
    steps: list[Reference] = []
    unit = step = 0
    for one in proven_steps(machine, limit):
        if one.unit != unit:
            unit, step = one.unit, 0
        steps.append(Reference(index_of(unit, step), one.before, one.after, one.witness, one.opcode))
        step += 1
    return steps
