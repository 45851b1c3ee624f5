"""Every step of a trace, fixed points included, through the deployed verifier: the witness leads to the next hash."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from offchain.batches.codec import encode_order
from offchain.conformance.machine import memory_state
from offchain.errors import InputError
from offchain.proofs.application_trace import MAX_ENTRIES, application_trace
from offchain.proofs.encoding import (
    APPLY,
    CONTEXT_TAG,
    EXECUTE,
    FULL,
    apply_hash,
    context_bytes,
    diff_hash,
    hash_of,
    state_hash,
)
from offchain.proofs.execution_trace import ExecutionTrace
from offchain.proofs.pre_tree import tree_over
from offchain.proofs.trace import Trace
from offchain.trees.paged_tree import PagedTree
from offchain.trees.sparse_merkle_tree import SparseMerkleTree
from tests.support.assembly import assemble
from tests.support.batches import CONTRACT, World, transaction
from tests.support.programs import scenario
from tests.support.trace_programs import memory_items, memory_world, revert_items, revert_world
from tests.support.traces import index_of, trace_of_items
from tests.support.verifier_contract import verifier

LAST = 1 << 36


def assert_leads_on(trace: Trace, indices: Iterable[int]) -> None:
    for index in indices:
        unit = index >> 24 if trace.bits == 36 else 0
        (after,) = verifier().call("step", trace.context_hash, unit, trace.hash(index), trace.witness(index))
        assert after == trace.hash(index + 1), trace.describe(index)


def lengths_of(trace: ExecutionTrace, items: int) -> list[int]:
    """How many steps each unit has: behind them nothing changes, to the end of the unit."""
    lengths = []
    for unit in range(items + 2):
        stays = trace.hash(index_of(unit + 1, 0))
        length = next(step for step in range(1 << 24) if trace.hash(index_of(unit, step)) == stays)
        lengths.append(length)
    return lengths


def all_indices(lengths: list[int]) -> list[int]:
    """Every step of a batch, fixed points behind each unit, and the last steps of the trace."""
    indices = [
        index_of(unit, step)
        for unit, length in enumerate(lengths)
        for step in (*range(length + 2), (1 << 23) + unit, (1 << 24) - 1)
    ]
    return [*indices, index_of(len(lengths), 0), index_of(3_000, 77), LAST - 1]


WORLD = World.of(
    {CONTRACT: assemble(0, 3, "SSTORE", 2, 1, "SSTORE", "GAS", 0, "MSTORE", 5, 9, "SSTORE")}
).with_account(CONTRACT, storage={3: 7, 4: 8})
ITEMS = [transaction(), b"\x01", transaction(nonce=1)]


def test_a_full_trace_leads_from_the_start_to_the_state_after_the_batch() -> None:
    trace = trace_of_items(WORLD, ITEMS, full=True, snapshot_gap=4)
    lengths = lengths_of(trace, len(ITEMS))
    assert_leads_on(trace, all_indices(lengths))
    execution = trace_of_items(WORLD, ITEMS)
    pre = memory_state(WORLD.accounts)
    closing = len(ITEMS) + 1
    diff = execution._machine.diff_tree
    assert execution.hash(LAST) == diff_hash(diff.root)
    assert trace.hash(index_of(closing, 1)) == apply_hash(tree_over(pre).root, diff.root)
    after = tree_over(pre)
    after.update({key: None if value == bytes(32) else value for key, value in diff.items()})
    assert trace.hash(LAST) == trace.hash(index_of(closing, len(diff) + 2)) == state_hash(after.root)
    assert lengths[closing] == len(diff) + 2
    assert bytes(32) in {value for _, value in diff.items()}


def test_an_execution_trace_leads_from_the_start_to_the_diff() -> None:
    trace = trace_of_items(WORLD, ITEMS, snapshot_gap=4)
    assert_leads_on(trace, all_indices(lengths_of(trace, len(ITEMS))))


@pytest.mark.parametrize("full", [False, True])
def test_the_context_hash_is_that_of_the_mode(full: bool) -> None:
    data = encode_order(ITEMS)
    root = tree_over(memory_state(WORLD.accounts)).root
    trace = trace_of_items(WORLD, ITEMS, full=full)
    struct = context_bytes(WORLD.context, PagedTree(data).root, len(data), root, FULL if full else EXECUTE)
    assert trace.context_hash == hash_of(CONTEXT_TAG, struct)


def test_slices_of_memory_lead_on() -> None:
    trace = trace_of_items(memory_world(), memory_items(), snapshot_gap=16)
    assert_leads_on(trace, range(index_of(1, 0), index_of(1, lengths_of(trace, 1)[1] + 1)))


def test_reverts_creations_and_purges_lead_on() -> None:
    trace = trace_of_items(revert_world(), revert_items(), snapshot_gap=16)
    for unit, length in enumerate(lengths_of(trace, 3)):
        assert_leads_on(trace, range(index_of(unit, 0), index_of(unit, length + 1)))


def test_random_batches_lead_on_in_any_order() -> None:
    choices = random.Random(21)
    for number in range(8):
        made = scenario(choices.randbytes(300))
        trace = trace_of_items(made.world, made.items, full=number % 2 == 1, snapshot_gap=32)
        units = [choices.randrange(len(made.items) + 3) for _ in range(60)]
        assert_leads_on(trace, [index_of(unit, choices.randrange(300)) for unit in units])


# Applications


def random_application(choices: random.Random, entries: int) -> tuple[SparseMerkleTree, dict[bytes, bytes]]:
    state = {choices.randbytes(32): choices.randbytes(32) for _ in range(20)}
    diff = {choices.randbytes(32): choices.randbytes(32) for _ in range(entries)}
    diff |= {key: bytes(32) for key in list(state)[:5]} | dict.fromkeys(list(state)[5:8], b"\x01" * 32)
    return SparseMerkleTree(state), diff


@pytest.mark.parametrize("entries", [0, 30])
def test_an_application_leads_to_the_state_after_it(entries: int) -> None:
    state, diff = random_application(random.Random(entries), entries)
    data = encode_order(ITEMS)
    trace = application_trace(state, diff, WORLD.context, data)
    struct = context_bytes(WORLD.context, PagedTree(data).root, len(data), state.root, APPLY)
    assert trace.context_hash == hash_of(CONTEXT_TAG, struct)
    assert trace.hash(0) == apply_hash(state.root, SparseMerkleTree(diff).root)
    assert_leads_on(trace, [*range(len(diff) + 4), 12_345, (1 << 18) - 1])
    after = state.copy()
    after.update({key: None if value == bytes(32) else value for key, value in diff.items()})
    assert trace.hash(len(diff)) != trace.hash(len(diff) + 1) == trace.hash(1 << 18) == state_hash(after.root)
    indices = [1 << 18, 3, 0, 3, len(diff), 1]
    assert trace.hashes(indices) == [trace.hash(index) for index in indices]


def test_an_empty_diff_leads_to_the_same_state() -> None:
    state = SparseMerkleTree({b"\x01" * 32: b"\x02" * 32})
    trace = application_trace(state, {}, WORLD.context, encode_order(ITEMS))
    assert trace.hash(0) == apply_hash(state.root, bytes(32))
    assert trace.hash(1) == trace.hash(1 << 18) == state_hash(state.root)
    assert_leads_on(trace, [0, 1, 2])


def test_a_diff_that_a_trace_cannot_hold_is_refused() -> None:
    leaves = {number.to_bytes(32, "big"): b"\x01" * 32 for number in range(MAX_ENTRIES + 1)}
    with pytest.raises(InputError, match="262144 entries, more than 262143"):
        application_trace(SparseMerkleTree(), leaves, WORLD.context, encode_order(ITEMS))
    leaves.popitem()
    trace = application_trace(SparseMerkleTree(), leaves, WORLD.context, encode_order(ITEMS))
    with pytest.raises(IndexError):
        trace.hash((1 << 18) + 1)
    with pytest.raises(IndexError):
        trace.witness(1 << 18)
