"""Whatever the bytes of an order, the machine makes all of its steps and ends; each malformed case has its rule."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from offchain.batches.codec import decode_items, encode_order
from offchain.batches.executor import PythonExecutor
from offchain.errors import InputError
from offchain.evm.items import MAX_ITEM_SIZE, MAX_ITEMS
from offchain.evm.phase import Phase
from offchain.evm.receipt import Status
from tests.support.assembly import assemble
from tests.support.batches import CONTRACT, KEYS, World, execute, trace_of, transaction

WORLD = World.of({CONTRACT: assemble(1, "SLOAD", 1, "ADD", 1, "SSTORE")})
VALID = transaction()
SECOND = transaction(nonce=1)


def framed(*items: bytes) -> bytes:
    return b"".join(len(item).to_bytes(4, "big") + item for item in items)


def count_of(data: bytes) -> int:
    """How often the valid transactions ran; all engines and the steps agree on it."""
    batch = execute(WORLD, data)
    assert len(trace_of(WORLD, data).machine.receipts) == len(batch.receipts)
    return batch.slot(CONTRACT, 1)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=300))
@example(b"")
@example(b"\x00")
@example(b"\x00" * 5)
@example(b"\x00\xff\xff\xff\xff")
@example(b"\x00\x00\x00\x00\x01")
def test_any_bytes_are_an_order(data: bytes) -> None:
    batch = execute(WORLD, data)
    assert all(receipt.status is Status.SKIPPED for receipt in batch.receipts)
    assert batch.post == WORLD.accounts
    assert [len(item) for item in decode_items(data)] == [
        size for size in map(len, decode_items(data)) if size > 0
    ]


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.binary(min_size=1, max_size=40) | st.sampled_from([VALID, SECOND]), max_size=6),
    st.binary(max_size=9),
)
def test_any_items_between_valid_ones_are_skipped(items: list[bytes], tail: bytes) -> None:
    data = b"\x00" + framed(VALID, *items) + tail
    batch = execute(WORLD, data)
    assert batch.receipts[0].status is Status.SUCCESS
    assert len(batch.receipts) >= 1 + len(items)
    assert list(decode_items(data))[: 1 + len(items)] == [VALID, *items]
    assert len(list(decode_items(data))) == len(batch.receipts)


@settings(deadline=None, max_examples=200)
@given(st.integers(0, len(VALID) - 1), st.integers(1, 255), st.booleans())
def test_a_damaged_transaction_never_stops_the_next_one(place: int, change: int, cut: bool) -> None:
    damaged = VALID[:place] if cut else VALID[:place] + bytes([VALID[place] ^ change]) + VALID[place + 1 :]
    items = ([damaged] if damaged else []) + [VALID]
    batch = execute(WORLD, items)
    assert Status.SUCCESS in {receipt.status for receipt in batch.receipts}


def test_length_0_ends_the_batch() -> None:
    assert count_of(b"\x00" + framed(VALID) + bytes(4) + framed(SECOND)) == 1


def test_length_past_the_end_ends_the_batch() -> None:
    data = b"\x00" + framed(VALID, SECOND)
    assert count_of(data) == 2
    assert count_of(data[:-1]) == 1
    longer = b"\x00" + framed(VALID) + (len(SECOND) + 1).to_bytes(4, "big") + SECOND
    assert count_of(longer) == 1
    assert count_of(longer + b"\x00") == 1  # now the length fits, and the item has a byte too much


@pytest.mark.parametrize("size", [1, 2, 3])
def test_truncated_length_ends_the_batch(size: int) -> None:
    assert count_of(b"\x00" + framed(VALID) + framed(SECOND)[:size]) == 1
    assert len(execute(WORLD, b"\x00" + framed(VALID) + b"\xff" * size).receipts) == 1


def test_item_4095_ends_the_batch() -> None:
    garbage = [b"\x7f"] * (MAX_ITEMS - 1)
    data = b"\x00" + framed(*garbage, VALID, SECOND)
    batch = execute(WORLD, data, engines={"interpreter": PythonExecutor("interpreter")})
    assert len(batch.receipts) == MAX_ITEMS == 4_094
    assert batch.receipts[-1].status is Status.SUCCESS
    assert batch.slot(CONTRACT, 1) == 1
    trace = trace_of(WORLD, data)
    assert len(trace.steps) == trace.machine.unit + 1 == 1 << 12
    assert len(list(decode_items(data))) == MAX_ITEMS


def test_item_too_large_is_skipped_and_the_next_one_runs() -> None:
    largest = transaction(data=bytes(MAX_ITEM_SIZE - len(VALID) - 6), gas_limit=5_000_000)
    assert len(largest) <= MAX_ITEM_SIZE
    padding = MAX_ITEM_SIZE - len(largest)
    largest = transaction(data=bytes(MAX_ITEM_SIZE - len(VALID) - 6 + padding), gas_limit=5_000_000)
    assert len(largest) == MAX_ITEM_SIZE
    too_large = transaction(data=bytes(MAX_ITEM_SIZE - len(VALID) - 5 + padding), gas_limit=5_000_000)
    assert len(too_large) == MAX_ITEM_SIZE + 1
    batch = execute(WORLD, [too_large, largest, SECOND])
    assert [receipt.status for receipt in batch.receipts] == ["skipped", "success", "success"]
    assert batch.receipts[0].reason.startswith("item too large")
    assert batch.slot(CONTRACT, 1) == 2


def test_an_order_that_would_not_be_read_back_is_not_written() -> None:
    with pytest.raises(InputError, match="4094"):
        encode_order([VALID] * (MAX_ITEMS + 1))
    with pytest.raises(InputError, match="empty"):
        encode_order([VALID, b""])


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=20))
def test_written_orders_are_read_back(items: list[bytes]) -> None:
    assert list(decode_items(encode_order(items))) == items


def test_the_end_is_a_fixed_point() -> None:
    machine = trace_of(WORLD, [VALID, b"\x01", transaction(key=KEYS[1])], system_call=True).machine
    before = (machine.unit, machine.cursor, machine.gas_left, machine.overlay.diff(), list(machine.receipts))
    machine.step()
    machine.run_unit()
    machine.run()
    assert machine.phase is Phase.DIFF
    after = (machine.unit, machine.cursor, machine.gas_left, machine.overlay.diff(), list(machine.receipts))
    assert after == before
