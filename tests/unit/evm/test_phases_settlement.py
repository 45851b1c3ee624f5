"""What a transaction pays in the end, to whom, and what is warm when it begins."""

from __future__ import annotations

from typing import Any

import pytest

from offchain.evm.receipt import Status
from tests.support.assembly import assemble, measured
from tests.support.batches import (
    CALLEE,
    COINBASE,
    CONTEXT,
    CONTRACT,
    KEYS,
    OTHER,
    SENDER,
    SENDERS,
    Batch,
    World,
    address,
    execute,
    transaction,
)

BASE_FEE = CONTEXT.base_fee


def number(at: bytes) -> int:
    return int.from_bytes(at, "big")


def run(code: bytes, storage: dict[int, int] | None = None, **fields: Any) -> Batch:
    world = World.of({CONTRACT: code}).with_account(CONTRACT, storage=storage or {})
    return execute(world, [transaction(**fields)])


def paid(batch: Batch) -> int:
    return 10**20 - batch.account(SENDER).balance


@pytest.mark.parametrize(
    ("fields", "price"),
    [
        ({"type": 0, "max_fee": 19}, 19),
        ({"type": 1, "max_fee": BASE_FEE}, BASE_FEE),
        ({"max_fee": 20, "max_priority_fee": 2}, BASE_FEE + 2),
        ({"max_fee": 8, "max_priority_fee": 8}, 8),
        ({"max_fee": 10**9, "max_priority_fee": 0}, BASE_FEE),
    ],
)
def test_the_price_and_who_gets_it(fields: dict[str, Any], price: int) -> None:
    batch = run(assemble("GASPRICE", 0, "SSTORE"), **fields)
    used = batch.receipt.gas_used
    assert batch.slot(CONTRACT, 0) == price
    assert paid(batch) == used * price
    assert batch.account(COINBASE).balance == used * (price - BASE_FEE)


def test_the_refund_is_at_most_a_fifth() -> None:
    for slots, capped in ((1, False), (20, True)):
        clear = assemble(*(part for n in range(slots) for part in (0, n, "SSTORE")))
        batch = run(clear, dict.fromkeys(range(slots), 1))
        before = 21_000 + sum(2 + (2 if n == 0 else 3) + 5_000 for n in range(slots))
        refund = 4_800 * slots
        assert (refund > before // 5) is capped
        assert batch.receipt.gas_used == before - min(refund, before // 5)


def test_a_failed_transaction_gets_no_refund_and_pays_all_but_what_a_revert_leaves() -> None:
    halted = run(assemble(0, 0, "SSTORE", "INVALID"), {0: 1}, gas_limit=90_000)
    assert (halted.receipt.status, halted.receipt.gas_used) == (Status.FAILURE, 90_000)
    reverted = run(assemble(0, 0, "SSTORE", 0, 0, "REVERT"), {0: 1}, gas_limit=90_000, value=5)
    assert reverted.receipt.gas_used == 21_000 + 4 + 5_000 + 4
    assert reverted.slot(CONTRACT, 0) == 1
    assert reverted.account(CONTRACT).balance == 1_000
    assert paid(reverted) == reverted.receipt.gas_used * (BASE_FEE + 2)


def test_the_floor_comes_after_the_refund() -> None:
    data = b"\x01" * 400  # 1,600 tokens: intrinsic 27,400, floor 37,000
    floor = 21_000 + 16_000
    assert run(b"", data=data).receipt.gas_used == floor
    # 5,004 more are used and a fifth of it all given back: still under the floor.
    assert run(assemble(0, 0, "SSTORE"), {0: 1}, data=data).receipt.gas_used == floor
    burner = run(assemble(1, 1, "SSTORE"), data=data)
    assert burner.receipt.gas_used == 27_400 + 6 + 22_100 > floor


def test_the_floor_takes_gas_of_the_batch() -> None:
    item = transaction(data=b"\x01" * 400, gas_limit=40_000)
    world = World.of({CONTRACT: b""}).with_context(gas_limit=60_000)
    second = transaction(key=KEYS[1], gas_limit=23_000)
    third = transaction(key=KEYS[1], gas_limit=23_001)
    assert [r.status for r in execute(world, [item, second]).receipts] == ["success", "success"]
    assert [r.status for r in execute(world, [item, third]).receipts] == ["success", "skipped"]


def test_the_sender_can_be_the_coinbase() -> None:
    world = World.of({CONTRACT: b""}).with_context(coinbase=SENDER)
    batch = execute(world, [transaction()])
    assert paid(batch) == batch.receipt.gas_used * BASE_FEE


def test_the_value_moves_only_with_success() -> None:
    assert run(b"", value=7).account(CONTRACT).balance == 1_007
    assert run(assemble("INVALID"), value=7).account(CONTRACT).balance == 1_000


def test_value_to_oneself() -> None:
    batch = execute(World.of({}), [transaction(SENDER, value=10**19)])
    assert paid(batch) == 21_000 * (BASE_FEE + 2)


def test_during_execution_the_whole_limit_is_paid_for() -> None:
    batch = run(assemble(number(SENDER), "BALANCE", 0, "SSTORE"), gas_limit=500_000)
    assert batch.slot(CONTRACT, 0) == 10**20 - 500_000 * (BASE_FEE + 2)


@pytest.mark.parametrize(
    ("at", "cost"),
    [(SENDER, 100), (CONTRACT, 100), (COINBASE, 100), (OTHER, 2_600), (SENDERS[1], 2_600), (bytes(20), 2_600)]
    + [(address(n), 100) for n in (*range(1, 0x12), 0x100)]
    + [(address(n), 2_600) for n in (0x12, 0xFF, 0x101)],
)
def test_what_is_warm_at_the_start(at: bytes, cost: int) -> None:
    batch = run(measured(bytes([0x73]) + at, "BALANCE"))
    assert batch.slot(CONTRACT, 1) == 3 + cost + 2


def test_the_new_address_is_warm_in_a_creating_transaction() -> None:
    initcode = measured("ADDRESS", "BALANCE")
    batch = execute(World.of({}), [transaction(None, data=initcode)])
    at = batch.receipt.contract_address
    assert at is not None
    assert batch.slot(at, 1) == 2 + 100 + 2


def test_the_access_list_is_warm_and_paid_for() -> None:
    code = (
        measured(number(OTHER), "BALANCE") + measured(3, "SLOAD", offset=4) + measured(7, "SLOAD", offset=6)
    )
    entries = [(OTHER, []), (CONTRACT, [3]), (CONTRACT, [3])]
    for kind in (1, 2):
        batch = run(code, type=kind, access_list=entries)
        assert [batch.slot(CONTRACT, n) for n in (1, 5, 7)] == [3 + 100 + 2, 3 + 100 + 2, 3 + 2_100 + 2]
    with_list = run(b"", access_list=entries).receipt.gas_used
    assert with_list == 21_000 + 3 * 2_400 + 2 * 1_900


def test_warmth_ends_with_the_transaction() -> None:
    code = measured(number(OTHER), "BALANCE")
    world = World.of({CONTRACT: code})
    listed = transaction(access_list=[(OTHER, [])])
    batch = execute(world, [listed, transaction(nonce=1)])
    assert batch.slot(CONTRACT, 1) == 3 + 2_600 + 2


def test_transient_storage_ends_with_the_transaction() -> None:
    code = assemble(1, "TLOAD", "NUMBER", "SSTORE", 9, 1, "TSTORE", 1, "TLOAD", 2, "SSTORE")
    batch = execute(World.of({CONTRACT: code}), [transaction(), transaction(nonce=1)])
    assert batch.slot(CONTRACT, CONTEXT.number) == 0
    assert batch.slot(CONTRACT, 2) == 9


def test_original_values_are_those_at_the_start_of_the_transaction() -> None:
    # 0 -> 1 in the first transaction; in the second 1 is the original, so 1 -> 0 is a clearing.
    code = assemble(0, "CALLDATALOAD", 0, "SSTORE")
    one = (1).to_bytes(32, "big")
    first = transaction(data=one)
    second = transaction(nonce=1, data=bytes(32))
    batch = execute(World.of({CONTRACT: code, CALLEE: b""}), [first, second])
    execution = 2 + 3 + 2
    assert batch.receipts[0].gas_used == 21_000 + 4 * 31 + 16 + execution + 22_100
    before = 21_000 + 4 * 32 + execution + 5_000
    assert batch.receipts[1].gas_used == before - 4_800
    assert CONTRACT not in {slot[0] for slot in batch.result.diff.slots}
