"""StateProver finds the machine's own successor of every step, and no other bytes lead there."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from offchain.evm.calls import create_address
from offchain.evm.code import delegation_to
from offchain.evm.history import HISTORY_ADDRESS, HISTORY_CODE, history_slot
from offchain.evm.instructions import INSTRUCTIONS
from offchain.proofs.provers import Prover
from offchain.state.keys import slot_leaf
from tests.support.assembly import assemble, creation_of, push
from tests.support.batches import (
    CALLEE,
    CONTEXT,
    CONTRACT,
    KEYS,
    OTHER,
    SENDER,
    SENDERS,
    World,
    address,
    transaction,
)
from tests.support.official_steps import official_steps
from tests.support.step_cases import (
    Case,
    check_case,
    check_out_of_gas,
    check_underflow,
    mutations,
    steps_of,
)
from tests.support.step_proofs import ProvenStep, StepProver, proven_steps, proving_machine

OPCODES = (0x31, 0x3B, 0x3C, 0x3F, 0x40, 0x47, 0x54, 0x55, 0x5C, 0x5D)
WRITES = (0x55, 0x5D)
MASK = (1 << 256) - 1
NUMBER = CONTEXT.number
DELEGATED, RICH, ABSENT = address(0xDE1E), address(0x41C4), address(0xAB5E47)
CODE = assemble(1, 2, "ADD", "STOP") * 80
ACCOUNTS = {
    OTHER: {"nonce": 1, "code": CODE},
    DELEGATED: {"nonce": 1, "code": delegation_to(OTHER)},
    RICH: {"balance": 77},
    CONTRACT: {"storage": {1: 5, 2: MASK}},
    HISTORY_ADDRESS: {
        "nonce": 1,
        "code": HISTORY_CODE,
        "storage": {
            history_slot(number)[1]: number + 1 for number in (NUMBER - 256, NUMBER - 2, NUMBER - 257)
        },
    },
}
TARGETS = (
    CONTRACT,
    OTHER,
    DELEGATED,
    RICH,
    ABSENT,
    SENDER,
    address(2),
    address(0x11),
    address(0x100),
    address(0x12),
)


def at(account: bytes, dirt: int = 0) -> bytes:
    """PUSH32 of an address, with dirt in the bytes above it."""
    return push(dirt << 160 | int.from_bytes(account, "big"), 32)


def case(*parts: str | int | bytes, **changes: object) -> Case:
    """The parts as the called contract, among all accounts, with the system call."""
    return Case(assemble(*parts), accounts=ACCOUNTS, options={"system_call": True}, **changes)  # type: ignore[arg-type]


def about(account: bytes, dirt: int = 0) -> list[str | int | bytes]:
    """All questions about an account."""
    target = at(account, dirt)
    return [
        *(target, "BALANCE", target, "EXTCODESIZE", target, "EXTCODEHASH"),
        *(300, 5, 1, target, "EXTCODECOPY", 40, MASK, 0, target, "EXTCODECOPY"),
        *(0, MASK, MASK, target, "EXTCODECOPY"),
    ]


EVERYTHING = case(
    *about(OTHER),
    *(NUMBER - 1, "BLOCKHASH", NUMBER - 256, "BLOCKHASH", NUMBER, "BLOCKHASH", "SELFBALANCE"),
    *(8, 1, "TSTORE", 1, "TLOAD", 2, "TLOAD", 0, 1, "TSTORE", 0, 2, "TSTORE", 6, 1, "TSTORE", 7, 1, "TSTORE"),
    *(1, "SLOAD", 3, "SLOAD", 2, "SLOAD", 7, 1, "SSTORE", 5, 1, "SSTORE", 0, 2, "SSTORE", 9, 4, "SSTORE"),
    *(4, "SLOAD", 0, 4, "SSTORE", 1, "SLOAD"),
)


@cache
def prover() -> StepProver:
    """Compiled and deployed once."""
    return StepProver("StateProver")


def check(case: Case) -> list[ProvenStep]:
    """Check the case's steps of the state."""
    return check_case(prover(), Prover.STATE, case)


@cache
def everything() -> tuple[ProvenStep, ...]:
    """The steps of the state of a program with every opcode."""
    return tuple(step for step in steps_of(EVERYTHING) if step.prover is Prover.STATE)


def test_every_instruction_has_the_machines_successor() -> None:
    steps = check(EVERYTHING)
    assert {step.opcode for step in steps} == set(OPCODES)
    assert not any(step.ended for step in steps)


def test_every_instruction_runs_out_of_gas_as_in_the_machine() -> None:
    assert check_out_of_gas(prover(), Prover.STATE, EVERYTHING) == set(OPCODES)


@pytest.mark.parametrize("opcode", [opcode for opcode in OPCODES if INSTRUCTIONS[opcode].pops])
def test_a_missing_word_is_a_halt(opcode: int) -> None:
    check_underflow(prover(), Prover.STATE, opcode, INSTRUCTIONS[opcode].pops)


def test_a_full_stack_is_a_halt() -> None:
    steps = check(case(*("PUSH0" for _ in range(1_024)), "SELFBALANCE"))
    assert [(step.opcode, step.ended) for step in steps] == [(0x47, True)]


@pytest.mark.parametrize("target", TARGETS, ids=bytes.hex)
def test_every_kind_of_account_cold_and_warm(target: bytes) -> None:
    steps = check(case(*about(target), *about(target, dirt=MASK >> 160)))
    assert len(steps) == 12 and not any(step.ended for step in steps)


def test_accounts_that_the_batch_has_changed() -> None:
    created = transaction(None, KEYS[1], data=creation_of(CODE), value=3)
    paid = transaction(ABSENT, KEYS[2], value=9)
    emptied = transaction(RICH, KEYS[1], nonce=1)
    new = create_address(SENDERS[1], 0)
    parts = [part for target in (new, ABSENT, RICH, SENDERS[2]) for part in about(target)]
    assert len(check(case(*parts, before=(created, paid, emptied)))) == 24


@pytest.mark.parametrize(
    "size, offset, destination", [(MASK, 0, 0), (1, 0, MASK), (1, 0, 1 << 22), (1 << 64, 0, 0)]
)
def test_an_extcodecopy_that_nobody_can_pay_is_a_halt(size: int, offset: int, destination: int) -> None:
    (step,) = check(case(size, offset, destination, at(OTHER), "EXTCODECOPY"))
    assert step.ended


@pytest.mark.parametrize(
    "number",
    [
        0,
        NUMBER - 258,
        NUMBER - 257,
        NUMBER - 256,
        NUMBER - 255,
        NUMBER - 2,
        NUMBER - 1,
        NUMBER,
        NUMBER + 1,
        MASK,
    ],
)
def test_block_hashes_come_from_the_history_in_its_window(number: int) -> None:
    steps = check(case(number, "BLOCKHASH", 0, "SSTORE"))
    assert [step.opcode for step in steps] == [0x40, 0x55]


def test_block_hashes_of_a_young_chain() -> None:
    code = assemble(*[part for number in range(4) for part in (number, "BLOCKHASH")], MASK, "BLOCKHASH")
    world = replace(World.of({CONTRACT: code}), context=replace(CONTEXT, number=2))
    machine = proving_machine(world, [transaction()], system_call=True)
    assert len(prover().check_all(proven_steps(machine), Prover.STATE)) == 5


@pytest.mark.parametrize("original, first, second", list(product((0, 5), (0, 5, 6), (0, 5, 6))))
def test_every_order_of_stores_has_the_machines_cost_and_refund(
    original: int, first: int, second: int
) -> None:
    key = 1 if original else 8
    stores = (first, key, "SSTORE", second, key, "SSTORE", original, key, "SSTORE", 7, key, "SSTORE")
    assert len(check(case(*stores))) == 4


@pytest.mark.parametrize("value", [0, 5, 6])
def test_the_original_value_is_that_before_the_transaction(value: int) -> None:
    # The contract stores its CALLVALUE: first in one transaction of the batch, then in the next.
    code = ("CALLVALUE", 1, "SSTORE", 0, 1, "SSTORE", 5, 1, "SSTORE", "CALLVALUE", 1, "SSTORE")
    first = transaction(CONTRACT, KEYS[1], value=value)
    steps = check(case(*code, before=(first,), fields={"value": 6}))
    assert len(steps) == 8


def test_a_store_with_no_more_than_the_stipend_is_a_halt() -> None:
    body = assemble(9, 1, "SSTORE")
    accounts = {CALLEE: {"nonce": 1, "code": body, "storage": {1: 9}}}
    for gas, ended in ((2_306, True), (2_307, False)):
        # Warm the slot first, so that the store needs no more than 100.
        code = [part for limit in (10_000, gas) for part in (0, 0, 0, 0, 0, at(CALLEE), limit, "CALL", "POP")]
        steps = check(Case(assemble(*code), accounts=accounts))
        assert [step.ended for step in steps if step.depth] == [False, ended]


@pytest.mark.parametrize("opcode", WRITES)
def test_a_write_in_a_static_frame_is_a_halt_that_the_parent_survives(opcode: int) -> None:
    code = assemble(1, 1) + bytes([opcode])
    parent = (0, 0, 0, 0, at(CALLEE), "GAS", "STATICCALL", 0, "SSTORE")
    steps = check(Case(assemble(*parent), accounts={CALLEE: {"nonce": 1, "code": code}}))
    assert [(step.depth, step.ended) for step in steps] == [(1, True), (0, False)]


def test_a_halt_takes_all_effects_of_the_frame_back() -> None:
    body = assemble(3, 1, "SSTORE", 0, 2, "SSTORE", 4, 1, "TSTORE", at(ABSENT), "BALANCE", "POP", "SLOAD")
    loop = (0, 0, 0, 0, 0, at(CALLEE), 60_000, "CALL", "POP")
    accounts = {CALLEE: {"nonce": 1, "code": body, "storage": {2: 1}}}
    after = (at(ABSENT), "BALANCE", "SELFBALANCE")
    steps = check(Case(assemble(*loop, *loop, *after), accounts=accounts))
    assert [step.opcode for step in steps if step.depth and step.ended] == [0x54, 0x54]


def test_stores_of_a_new_contract_are_remembered() -> None:
    initcode = assemble(1, 1, "SSTORE", 2, 1, "SSTORE", 0, 1, "SSTORE", 3, 1, "SSTORE", 4, MASK, "SSTORE")
    creation = transaction(None, KEYS[1], data=initcode)
    assert len(check(Case(b"", before=(creation,)))) == 5


KEY = st.sampled_from([0, 1, 2, MASK])
VALUE = st.sampled_from([0, 0, 1, 5, MASK])
ACTION = st.one_of(
    st.tuples(VALUE, KEY, st.sampled_from(["SSTORE", "SSTORE", "TSTORE"])),
    st.tuples(KEY, st.sampled_from(["SLOAD", "TLOAD"])),
    st.tuples(st.sampled_from(TARGETS).map(at), st.sampled_from(["BALANCE", "EXTCODESIZE", "EXTCODEHASH"])),
    st.tuples(st.integers(NUMBER - 258, NUMBER + 1), st.just("BLOCKHASH")),
    st.tuples(
        st.integers(0, 600),
        st.integers(0, 600),
        st.integers(0, 600),
        st.sampled_from(TARGETS).map(at),
        st.just("EXTCODECOPY"),
    ),
)
ACTIONS = st.lists(ACTION, min_size=1, max_size=10)


@settings(deadline=None, max_examples=40)
@given(ACTIONS, ACTIONS, st.integers(21_064, 200_000))
def test_any_sequence_has_the_machines_successors(
    first: list[tuple[int | str | bytes, ...]], second: list[tuple[int | str | bytes, ...]], gas: int
) -> None:
    # Two transactions of one batch run the same code, the first one with less gas: it may halt anywhere.
    parts = [part for action in (*first, *second) for part in action]
    once = transaction(CONTRACT, KEYS[1], gas_limit=gas)
    assert check(case(*parts, before=(once,)))


@settings(deadline=None, max_examples=400)
@given(st.integers(0, 1_000), st.integers(0, 1 << 16), st.integers(1, 255))
def test_no_other_witness_leads_to_the_same_successor(index: int, position: int, change: int) -> None:
    steps = everything()
    step = steps[index % len(steps)]
    witness = mutations(step.witness, position, change)
    assert prover().successor(step, witness=witness) != step.after


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 1_000), st.integers(0, 1 << 16), st.binary(min_size=1, max_size=40))
def test_a_shorter_or_longer_witness_is_refused(index: int, cut: int, more: bytes) -> None:
    steps = everything()
    step = steps[index % len(steps)]
    assert prover().successor(step, witness=step.witness[: cut % len(step.witness)]) is None
    assert prover().successor(step, witness=step.witness + more) is None


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 1_000), st.integers(0, 1_000))
def test_a_witness_serves_its_own_state_only(index: int, other: int) -> None:
    steps = everything()
    step, before = steps[index % len(steps)], steps[other % len(steps)].before
    assume(before != step.before)
    assert prover().successor(step, before=before) is None
    assert prover().successor(step, unit=step.unit + 1) is None


def test_what_equals_the_pre_state_can_not_stay_in_the_diff() -> None:
    # The second store writes the value of the pre-state: an honest witness removes the leaf, this one updates it.
    world = World.of({CONTRACT: assemble(7, 1, "SSTORE", 5, 1, "SSTORE")}).with_account(
        CONTRACT, storage={1: 5}
    )
    machine = proving_machine(world, [transaction()])
    leaf = slot_leaf(CONTRACT, 1)
    removal = update = b""
    for step in proven_steps(machine):
        if step.opcode == 0x55 and removal:
            assert step.witness.endswith(removal)
            assert prover().successor(step) == step.after
            assert prover().successor(step, witness=step.witness.removesuffix(removal) + update) is None
            return
        tree = machine.overlay.mirror.tree
        if tree.get(leaf) is not None:
            removal, update = tree.prove_remove(leaf), tree.prove(leaf)
    raise AssertionError("no second store")


def test_steps_of_other_provers_are_refused() -> None:
    others = [step for step in steps_of(EVERYTHING) if step.prover is not Prover.STATE]
    assert {step.prover for step in others} >= {Prover.WORD, Prover.MEMORY, Prover.ITEM, Prover.TRANSACTION}
    for step in others:
        assert prover().successor(step) is None


def test_a_sample_of_the_official_cases_agrees() -> None:
    seen: set[int] = set()
    for steps in official_steps(sample=0.1):
        # State tests have hashes of no history, which nobody can prove.
        seen |= {
            step.opcode
            for step in prover().check_all((step for step in steps if step.opcode != 0x40), Prover.STATE)
        }
    assert seen >= {0x54, 0x55}
