"""A trace's hashes and witnesses are those of the machine that proves every step, wherever and in whatever order."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offchain.evm.gas import MAX_MEMORY_SIZE
from offchain.proofs.encoding import diff_hash
from offchain.proofs.fixed_points import DIFF_KIND, FINISHED_UNIT_KIND
from tests.support.assembly import assemble, push
from tests.support.batches import CONTRACT, World, transaction
from tests.support.programs import Scenario, scenario, scenarios
from tests.support.step_proofs import proving_machine
from tests.support.trace_programs import memory_items, memory_world, revert_items, revert_world
from tests.support.traces import Reference, index_of, reference_of, trace_of_items

LAST = 1 << 36
AT_CONTRACT = int.from_bytes(CONTRACT, "big")
LIMIT = 1_200


def check(
    world: World, items: list[bytes], seed: int, *, limit: int = LIMIT, count: int = 120, gap: int = 7
) -> list[Reference]:
    """Ask a trace about steps in random order and compare."""
    steps = reference_of(world, items, limit)
    trace = trace_of_items(world, items, snapshot_gap=gap, snapshot_bytes=400_000)
    choices = random.Random(seed)
    for step in choices.choices(steps, k=count):
        question = choices.randrange(3)
        if question == 0:
            assert trace.hash(step.index) == step.before
        elif question == 1:
            assert trace.hash(step.index + 1) == step.after
        else:
            assert trace.witness(step.index) == step.witness
    indices = [step.index for step in choices.sample(steps, min(len(steps), 60))]
    expected = {step.index: step.before for step in steps}
    assert trace.hashes(indices) == [expected[index] for index in indices]
    return steps


@settings(deadline=None, max_examples=12)
@given(scenarios(), st.integers(0, 1_000), st.sampled_from([1, 5, 1 << 12]))
def test_a_trace_of_a_random_program_is_the_steps_of_the_proving_machine(
    made: Scenario, seed: int, gap: int
) -> None:
    check(made.world, made.items, seed, limit=400, count=60, gap=gap)


def test_slices_of_memory_are_what_they_were() -> None:
    steps = check(memory_world(), memory_items(), 5, count=400)
    assert {step.opcode for step in steps} >= {0x20, 0x37, 0x3C, 0x3E, 0x5E, 0xF1, 0xF3, -1}


def test_reverts_creations_and_purges_are_what_they_were() -> None:
    steps = check(revert_world(), revert_items(), 6, count=400)
    assert {step.opcode for step in steps} >= {0x55, 0x5D, 0xF0, 0xF1, 0xFD, 0xFF, -2}


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_hashes_of_many_indices_are_the_hashes_of_each(data: st.DataObject) -> None:
    made = scenario(random.Random(data.draw(st.integers(0, 30))).randbytes(300))
    near = st.builds(index_of, st.integers(0, len(made.items) + 2), st.integers(0, 300))
    indices = data.draw(st.lists(near | st.integers(0, LAST), max_size=30))
    trace = trace_of_items(made.world, made.items, snapshot_gap=16)
    together = trace.hashes(indices)
    assert trace.hashes(sorted(indices)) == [
        together[at] for at in sorted(range(len(indices)), key=indices.__getitem__)
    ]
    other = trace_of_items(made.world, made.items)
    assert together == [other.hash(index) for index in indices]


def test_a_finished_unit_stays_as_it_is() -> None:
    world = World.of({CONTRACT: assemble(1, 1, "ADD")})
    items = [transaction(), b"\x01", transaction(nonce=1)]
    steps = reference_of(world, items)
    trace = trace_of_items(world, items)
    firsts = {step.index >> 24: step for step in steps if not step.index & 0xFFFFFF}
    for unit in range(4):
        begin_of_next = firsts[unit + 1].before
        length = sum(step.index >> 24 == unit for step in steps)
        for step in (length, length + 1, 12_345_678, (1 << 24) - 1):
            assert trace.hash(index_of(unit, step)) == begin_of_next
            witness = trace.witness(index_of(unit, step))
            assert witness == bytes([FINISHED_UNIT_KIND]) + firsts[unit + 1].witness[1:112]
        assert trace.witness(index_of(unit, length - 1))[0] != FINISHED_UNIT_KIND
    end = steps[-1].after
    for index in (steps[-1].index + 1, steps[-1].index + 2, index_of(5, 0), index_of(4_095, 9), LAST):
        assert trace.hash(index) == end
        if index < LAST:
            assert trace.witness(index)[0] == DIFF_KIND
            assert diff_hash(trace.witness(index)[1:]) == end


@pytest.mark.parametrize("index", [-1, LAST + 1])
def test_what_is_no_index_is_refused(index: int) -> None:
    trace = trace_of_items(World.of({}), [])
    with pytest.raises(IndexError):
        trace.hash(index)
    for question in (trace.witness, trace.describe):
        with pytest.raises(IndexError):
            question(LAST)


def test_hundreds_of_open_frames_are_what_they_were() -> None:
    code = assemble(1, "GAS", "TSTORE", "GAS", 0, "MSTORE", 0, 0, 32, 0, 0, AT_CONTRACT, "GAS", "CALL")
    world, items = World.of({CONTRACT: code}), [transaction(gas_limit=1 << 24)]
    trace = trace_of_items(world, items, snapshot_gap=500)
    machine = proving_machine(world, items, system_call=True)
    machine.pass_over(5_400)  # a machine that has looked at none of the frames
    assert machine.frame is not None
    assert machine.frame.depth > 350
    index = index_of(1, 5_399)
    assert trace.hash(index) == machine.hash
    assert trace.witness(index) == machine.prove_step()
    assert trace.hash(index + 1) == machine.hash
    assert trace.hashes([index - 900, index]) == [
        trace.hash(index - 900),
        trace_of_items(world, items).hash(index),
    ]


def test_a_large_memory_is_hashed_where_it_is_asked_for_only() -> None:
    # Half of all that a memory may have: a copy of it at each of these instructions would be 20 GB.
    size = MAX_MEMORY_SIZE // 4
    code = assemble(1, push(size - 32, 3), "MSTORE", "JUMPDEST")
    at = len(code) - 1
    code += assemble(32, 0, "KECCAK256", 0, "MSTORE", 32, 0, 64, "MCOPY", push(at, 2), "JUMP")
    trace = trace_of_items(World.of({CONTRACT: code}), [transaction(gas_limit=3_500_000)])
    first, later = trace.hashes([index_of(1, 60), index_of(1, 100_000)])
    assert first != later
    again = trace_of_items(World.of({CONTRACT: code}), [transaction(gas_limit=3_500_000)])
    assert again.hash(index_of(1, 100_000)) == later
