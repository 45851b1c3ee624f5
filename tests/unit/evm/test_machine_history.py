"""The parent's order hash in the EIP-2935 account: written at the begin, read by BLOCKHASH, in a ring of 8,191."""

from __future__ import annotations

import pytest

from offchain.evm.history import HISTORY_ADDRESS, HISTORY_CODE
from tests.support.assembly import assemble, measured
from tests.support.batches import CONTRACT, World, execute, trace_of, transaction

RING = 8_191


def world_at(number: int) -> World:
    """Batch ``number``, with orders 0 to number - 2 each having its number plus one as its hash."""
    first = max(0, number - 1 - RING)
    storage = {n % RING: n + 1 for n in range(first, number - 1)}
    ask = assemble(0, "CALLDATALOAD", "BLOCKHASH", 0, "MSTORE", 32, 0, "RETURN")
    world = World.of({CONTRACT: ask}).with_account(
        HISTORY_ADDRESS, nonce=1, code=HISTORY_CODE, storage=storage
    )
    return world.with_context(number=number, parent_order_hash=number.to_bytes(32, "big"))


@pytest.mark.parametrize("number", [1, 2, 255, 256, 257, 300, RING, RING + 1, RING + 256, 3 * RING + 5])
def test_blockhash_sees_the_last_256_orders(number: int) -> None:
    asked = [
        0,
        number - 258,
        number - 257,
        number - 256,
        number - 255,
        number - 2,
        number - 1,
        number,
        number + 1,
    ]
    asked = [*sorted({n for n in asked if n >= 0}), 1 << 64, (1 << 256) - 1]
    items = [transaction(nonce=i, data=n.to_bytes(32, "big")) for i, n in enumerate(asked)]
    batch = execute(world_at(number), items, system_call=True)
    for n, receipt in zip(asked, batch.receipts, strict=True):
        expected = n + 1 if number - 256 <= n < number else 0
        assert int.from_bytes(receipt.output, "big") == expected, n


@pytest.mark.parametrize("number", [1, RING, RING + 1, RING + 2, 2 * RING + 1])
def test_the_begin_writes_the_parent_into_the_ring(number: int) -> None:
    world = world_at(number)
    batch = execute(world, b"\x00", system_call=True)
    assert batch.result.diff.slots == {(HISTORY_ADDRESS, (number - 1) % RING): number}
    assert not batch.result.diff.accounts
    assert trace_of(world, b"\x00", system_call=True).steps == (1, 1)


def test_a_parent_with_the_hash_that_was_there_leaves_no_entry() -> None:
    world = world_at(RING + 1)
    same = world.with_context(
        parent_order_hash=(1).to_bytes(32, "big")
    )  # that of order 0, whose slot it takes
    assert execute(same, b"\x00", system_call=True).result.diff.slots == {}


def test_the_history_contract_answers_from_the_same_slots() -> None:
    number = RING + 300
    items = [
        transaction(HISTORY_ADDRESS, nonce=i, data=n.to_bytes(32, "big"), gas_limit=60_000)
        for i, n in enumerate((number - 1, number - RING, number - RING - 1, number))
    ]
    receipts = execute(world_at(number), items, system_call=True).receipts
    assert [str(receipt.status) for receipt in receipts] == ["success", "success", "failure", "failure"]
    assert [int.from_bytes(receipt.output, "big") for receipt in receipts[:2]] == [number, number - RING + 1]


def test_blockhash_warms_nothing() -> None:
    number = 500
    code = measured(number - 7, "BLOCKHASH") + measured(number - 7, "BLOCKHASH", offset=2)
    code += measured(int.from_bytes(HISTORY_ADDRESS, "big"), "BALANCE", offset=4)
    batch = execute(world_at(number).with_account(CONTRACT, code=code), [transaction()], system_call=True)
    assert [batch.slot(CONTRACT, n) for n in (0, 1, 2, 3, 5)] == [
        number - 6,
        25,
        number - 6,
        25,
        3 + 2_600 + 2,
    ]
