"""What holds at every step of every batch: bounds on steps, canonical diffs, boundaries of units, conserved sums."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from support_machine import StrictState, total_balance

from offchain.batches.codec import encode_order
from offchain.conformance.machine import apply_diff, memory_state
from offchain.evm.context import PreState
from offchain.evm.machine import Machine
from offchain.evm.pending import Copy, Hash
from offchain.evm.phase import Phase
from offchain.evm.receipt import Status
from offchain.state.diff import Diff
from tests.support.batches import (
    COINBASE,
    CONTEXT,
    CONTRACT,
    KEYS,
    SENDER,
    SENDERS,
    World,
    address,
    execute,
    trace_of,
    transaction,
)
from tests.support.programs import Scenario, scenario, scenarios

STEPS_NOT_PAID = 1 << 10  # a transaction may make fewer than this without gas


def state_of(machine: Machine) -> object:
    """As much of the state as tells any two neighbouring ones apart."""
    parts: list[object] = [machine.phase, machine.unit, machine.cursor, machine.gas_left]
    if machine.phase not in (Phase.BEGIN, Phase.ITEM, Phase.DIFF):
        parts += [machine.tx.list_cursor, len(machine.tx.new_slots), len(machine.tx.destroyed)]
    frame = machine.frame
    if frame is not None:
        parts += [frame.pc, frame.gas, len(frame.stack), frame.depth]
        if isinstance(frame.pending, Copy):
            parts.append(frame.pending.remaining)
        elif isinstance(frame.pending, Hash):
            parts.append(frame.pending.absorbed)
    return parts


def assert_canonical(machine: Machine, pre: PreState) -> None:
    accounts, slots, codes, code = machine.overlay.diff()
    assert all(pre.account(at) != value for at, value in accounts.items())
    assert all(pre.slot(*slot) != value for slot, value in slots.items())
    for at, code_hash in codes.items():
        before = pre.code_hash(at) if pre.account(at) >> 224 else b""
        assert before != code_hash
    assert set(code) == {code_hash for code_hash in codes.values() if code_hash}


@settings(deadline=None, max_examples=60)
@given(scenarios())
def test_every_step_but_a_few_of_each_transaction_is_paid(found: Scenario) -> None:
    trace = trace_of(found.world, found.items)
    units = trace.steps[1:-1]
    assert len(units) == len(trace.machine.receipts) == len(found.items)
    for steps, receipt, call in zip(units, trace.machine.receipts, found.calls, strict=True):
        if receipt.status is Status.SKIPPED:
            assert steps == 1
        # The refund gives back at most a fifth of what was used before it.
        assert steps < receipt.gas_used * 5 // 4 + 1 + STEPS_NOT_PAID
        assert steps < call.fields["gas_limit"] + STEPS_NOT_PAID < 1 << 24
    assert trace.steps[0] == 1
    assert trace.steps[-1] == 1


@settings(deadline=None, max_examples=40)
@given(scenarios())
def test_the_diff_is_canonical_at_every_step(found: Scenario) -> None:
    pre = memory_state(found.world.accounts)
    count = 0

    def check(machine: Machine) -> None:
        nonlocal count
        count += 1
        if count % 16 == 0 or machine.phase is not Phase.EXECUTE:
            assert_canonical(machine, pre)

    trace_of(found.world, found.items, at_each_step=check)


@settings(deadline=None, max_examples=40)
@given(scenarios(), st.booleans())
def test_unit_by_unit_is_the_same_as_whole(found: Scenario, stepwise: bool) -> None:
    data = encode_order(found.items)
    machine = Machine(memory_state(found.world.accounts), found.world.context, data, stepwise=stepwise)
    whole = Machine(memory_state(found.world.accounts), found.world.context, data)
    whole.run()
    units = 0
    while machine.phase is not Phase.DIFF:
        assert machine.unit == units
        assert machine.phase in (Phase.BEGIN, Phase.ITEM)
        machine.run_unit()
        units += 1
    assert units == len(found.items) + 2
    assert (machine.overlay.diff(), machine.receipts) == (whole.overlay.diff(), whole.receipts)
    assert (machine.gas_left, machine.unit) == (whole.gas_left, whole.unit)


@settings(deadline=None, max_examples=40)
@given(scenarios(), st.integers(0, 2_000))
def test_running_goes_on_from_any_step(found: Scenario, steps: int) -> None:
    data = encode_order(found.items)
    machine = Machine(memory_state(found.world.accounts), found.world.context, data, stepwise=True)
    for _ in range(steps):
        machine.step()
    machine.run()
    whole = Machine(memory_state(found.world.accounts), found.world.context, data)
    whole.run()
    assert (machine.overlay.diff(), machine.receipts) == (whole.overlay.diff(), whole.receipts)


@settings(deadline=None, max_examples=40)
@given(scenarios())
def test_every_step_before_the_end_changes_the_state(found: Scenario) -> None:
    before: object = None

    def check(machine: Machine) -> None:
        nonlocal before
        after = state_of(machine)
        assert after != before
        before = after

    trace_of(found.world, found.items, at_each_step=check)


@settings(deadline=None, max_examples=60)
@given(scenarios())
def test_the_state_before_is_asked_for_each_word_once_and_for_code_where_there_is_some(
    found: Scenario,
) -> None:
    for stepwise in (False, True):
        pre = StrictState(found.world.accounts)
        machine = Machine(pre, found.world.context, encode_order(found.items), stepwise=stepwise)
        machine.run()
        assert machine.phase is Phase.DIFF


def test_a_transfer_reads_three_accounts_and_nothing_else() -> None:
    pre = StrictState(World.of({}).accounts)
    machine = Machine(pre, CONTEXT, encode_order([transaction(address(0xFEED), value=1)]), system_call=False)
    machine.run()
    assert pre.asked == {("account", SENDER), ("account", address(0xFEED)), ("account", COINBASE)}


def test_a_skipped_item_reads_its_sender_at_most() -> None:
    pre = StrictState(World.of({}).accounts)
    items = [transaction(nonce=1), b"\x01", transaction(key=KEYS[1], gas_limit=20_000)]
    machine = Machine(pre, CONTEXT, encode_order(items), system_call=False)
    machine.run()
    assert pre.asked == {("account", SENDER)}


@settings(deadline=None, max_examples=80)
@given(scenarios())
def test_balances_are_conserved_but_for_the_burnt_base_fee(found: Scenario) -> None:
    batch = execute(found.world, found.items)
    burnt = batch.result.gas_used * found.world.context.base_fee
    lost = total_balance(found.world.accounts) - burnt - total_balance(batch.post)
    # What a contract takes with it when it goes in the transaction that made it is burnt as well.
    assert lost >= 0
    if lost:
        codes = b"".join(account.code for account in found.world.accounts.values())
        assert b"\xff" in codes + b"".join(call.fields["data"] for call in found.calls)
    assert sum(receipt.gas_used for receipt in batch.receipts) == batch.result.gas_used


def test_a_value_that_comes_back_leaves_no_entry() -> None:
    store = bytes.fromhex("5f3560015500")  # SSTORE(1, CALLDATALOAD(0))
    world = World.of({CONTRACT: store}).with_account(CONTRACT, storage={1: 5})
    there = transaction(data=(7).to_bytes(32, "big"))
    back = transaction(key=KEYS[1], data=(5).to_bytes(32, "big"))
    assert execute(world, [there]).result.diff.slots == {(CONTRACT, 1): 7}
    assert execute(world, [there, back]).result.diff.slots == {}
    payment = execute(World.of({}), [transaction(SENDERS[1], value=9, max_fee=7, max_priority_fee=0)])
    assert COINBASE not in payment.result.diff.accounts  # without a tip


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 1 << 32), st.permutations(range(4)))
def test_the_diff_is_independent_of_the_order_of_independent_items(seed: int, order: list[int]) -> None:
    numbers = random.Random(seed)
    store = bytes.fromhex("5f35335500")  # SSTORE(CALLER, CALLDATALOAD(0))
    world = World.of({CONTRACT: store})
    items = [transaction(key=key, data=numbers.randbytes(32)) for key in KEYS]
    first = execute(world, items).result.diff
    second = execute(world, [items[n] for n in order]).result.diff
    assert first == second
    assert first.root() == second.root()
    reverse = Diff(dict(reversed(list(first.accounts.items()))), dict(reversed(list(first.slots.items()))))
    assert reverse.root() == first.root()


@settings(deadline=None, max_examples=40)
@given(scenarios())
def test_the_diff_brings_the_state_to_what_the_machine_sees(found: Scenario) -> None:
    machine = Machine(memory_state(found.world.accounts), found.world.context, encode_order(found.items))
    machine.run()
    post = memory_state(apply_diff(found.world.accounts, Diff(*machine.overlay.diff())))
    for at, word in machine.overlay.accounts.items():
        assert post.account(at) == word
    for slot, value in machine.overlay.slots.items():
        assert post.slot(*slot) == value
    for at, code_hash in machine.overlay.code_hashes.items():
        assert post.code_hashes.get(at, b"") == code_hash


def test_the_generator_makes_programs_that_do_things() -> None:
    # The properties above are worth as much as what is generated: calls, creations, logs, all kinds of ends.
    numbers = random.Random(7)
    seen: set[str] = set()
    for _ in range(150):
        found = scenario(numbers.randbytes(600))
        batch = execute(found.world, found.items)
        for receipt in batch.receipts:
            seen.add(str(receipt.status))
            seen.add(receipt.reason.split(":")[0])
            seen |= {"log"} if receipt.logs else set()
        seen |= {"create"} if batch.result.diff.code else set()
        seen |= {"store"} if batch.result.diff.slots else set()
    expected = {"success", "failure", "skipped", "OutOfGas", "StackOverflow", "StackUnderflow", "InvalidJump"}
    assert expected | {"InvalidOpcode", "OutOfReturnData", "reverted", "log", "create", "store"} <= seen
