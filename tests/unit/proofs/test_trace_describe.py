"""A step in words: what ran where, and what it changed."""

from __future__ import annotations

from offchain.batches.codec import encode_order
from offchain.proofs.application_trace import application_trace
from offchain.proofs.execution_trace import ExecutionTrace
from offchain.proofs.step_description import StepDescription
from offchain.trees.sparse_merkle_tree import SparseMerkleTree
from tests.support.assembly import assemble
from tests.support.batches import CALLEE, CONTEXT, CONTRACT, SENDER, World, transaction
from tests.support.traces import index_of, reference_of, trace_of_items

CALL = assemble(0, 0, 0, 0, 0, int.from_bytes(CALLEE, "big"), "GAS", "CALL", "POP")
CODE = assemble(5, 1, "SSTORE", 7, 3, "TSTORE", 6_000, 0, "KECCAK256", "POP") + CALL
WORLD = World.of({CONTRACT: CODE, CALLEE: assemble(2, 1, "SSTORE", 0, "SLOAD", "JUMP")})
WORLD = WORLD.with_account(CONTRACT, storage={1: 9})
AT = f"0x{CONTRACT.hex()}"


def described(trace: ExecutionTrace, kind: str) -> StepDescription:
    """The first step of this kind in the first item."""
    for step in range(200):
        description = trace.describe(index_of(1, step))
        if description.kind == kind:
            return description
    raise AssertionError(f"no {kind}")


def test_a_write_of_storage_names_slot_and_values() -> None:
    step = described(trace_of_items(WORLD, [transaction()]), "SSTORE")
    assert str(step) == f"item 1, step 4: SSTORE at pc 0x4 of {AT}: storage 0x1 of {AT} 0x9 -> 0x5"
    assert (step.index, step.unit, step.step, step.pc, step.address) == (index_of(1, 4), 1, 4, 4, CONTRACT)


def test_a_write_of_transient_storage_names_slot_and_values() -> None:
    step = described(trace_of_items(WORLD, [transaction()]), "TSTORE")
    assert str(step).endswith(f"TSTORE at pc 0x9 of {AT}: transient storage 0x3 of {AT} 0x0 -> 0x7")


def test_an_instruction_that_writes_no_state_shows_the_top_of_the_stack() -> None:
    step = described(trace_of_items(WORLD, [transaction()]), "PUSH1")
    assert str(step) == f"item 1, step 2: PUSH1 at pc 0x0 of {AT}: top of the stack nothing -> 0x5"


def test_a_halt_says_why_and_what_it_takes_back() -> None:
    step = described(trace_of_items(WORLD, [transaction()]), "JUMP")
    assert (step.depth, step.outcome, step.address) == (1, "InvalidJump", CALLEE)
    (change,) = step.changes
    assert (change.what, change.before, change.after) == (f"storage 0x1 of 0x{CALLEE.hex()}", "0x2", "0x0")


def test_an_item_shows_nonce_and_balance_and_a_micro_step_its_name() -> None:
    trace = trace_of_items(WORLD, [transaction()])
    step = described(trace, "ITEM")
    assert step.part == "item 1"
    assert f"nonce of 0x{SENDER.hex()} 0 -> 1" in str(step)
    assert described(trace, "HASH").address == CONTRACT


def test_begin_closing_and_fixed_points_are_named() -> None:
    trace = trace_of_items(WORLD, [transaction()])
    assert [trace.describe(index).part for index in (0, index_of(2, 0))] == ["begin", "closing"]
    for index in (1, index_of(1, 5_000), index_of(2, 1), index_of(77, 8)):
        assert trace.describe(index).kind == "FIXED POINT"
    assert str(trace.describe(1)) == "begin, step 1: FIXED POINT"
    assert str(trace.describe(index_of(2, 1))) == "closing, step 1: FIXED POINT"
    full = trace_of_items(WORLD, [transaction()], full=True)
    for behind in (trace, full):
        assert str(behind.describe(index_of(3, 0))) == "behind the last unit, step 0: FIXED POINT"


def test_the_application_names_key_and_values() -> None:
    diff = {b"\x01" * 32: b"\x05" * 32, b"\x02" * 32: bytes(32)}
    state = SparseMerkleTree({b"\x02" * 32: b"\x07" * 32})
    trace = application_trace(state, diff, CONTEXT, encode_order([transaction()]))
    first, second = (str(trace.describe(index)) for index in (0, 1))
    assert first == f"entry 0, step 0: APPLY: key 0x{'01' * 32} nothing -> 0x{'05' * 32}"
    assert second == f"entry 1, step 1: APPLY: key 0x{'02' * 32} 0x{'07' * 32} -> nothing"
    assert trace.describe(2).kind.startswith("STATE")
    assert trace.describe(3).kind == "FIXED POINT"
    full = trace_of_items(WORLD, [transaction()], full=True)
    assert full.describe(index_of(2, 1)).kind == "APPLY"
    assert full.describe(index_of(2, 1_000)).kind == full.describe(index_of(9, 0)).kind == "FIXED POINT"


def test_describing_a_step_changes_no_answer() -> None:
    steps = reference_of(WORLD, [transaction()])
    trace = trace_of_items(WORLD, [transaction()], snapshot_gap=3)
    for step in [*steps, *reversed(steps)]:
        trace.describe(step.index)
        assert trace.hash(step.index + 1) == step.after
        assert trace.witness(step.index) == step.witness
