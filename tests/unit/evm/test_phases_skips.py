"""Each rule that needs the state or the batch: broken alone, the item is skipped, and the next one runs.

The rules that need no state are in test_transaction_reasons.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import offchain.evm.phases
from offchain.conformance.case import Account
from offchain.evm.code import delegation_to
from offchain.evm.items import MAX_ITEM_SIZE
from offchain.evm.reason import Reason
from offchain.evm.receipt import Status
from offchain.evm.signing import sign_authorization, sign_transaction
from tests.support.assembly import assemble
from tests.support.batches import CONTEXT, CONTRACT, KEYS, SENDER, SENDERS, World, execute, transaction

WORLD = World.of({CONTRACT: assemble(1, 1, "SSTORE")})
BATCH_GAS = 100_000


def assert_skipped(item: bytes, reason: str, world: World = WORLD) -> None:
    """Alone it changes nothing; before another's transaction it leaves that one as it is."""
    alone = execute(world, [item])
    assert alone.receipt.status is Status.SKIPPED
    assert alone.receipt.reason.startswith(reason)
    assert (alone.receipt.gas_used, alone.result.gas_used, alone.receipt.logs) == (0, 0, ())
    assert alone.post == world.accounts
    assert not (alone.result.diff.accounts or alone.result.diff.slots or alone.result.diff.codes)
    other = transaction(key=KEYS[1], gas_limit=BATCH_GAS)
    both = execute(world, [item, other])
    assert both.receipts[1].status is Status.SUCCESS
    assert both.post == execute(world, [other]).post


def assert_valid(item: bytes, world: World = WORLD) -> None:
    assert execute(world, [item]).receipt.status is not Status.SKIPPED


def test_every_reason_of_the_phases_has_a_test_of_its_name() -> None:
    source = Path(offchain.evm.phases.__file__).read_text()
    names = set(re.findall(r"Reason\.([A-Z_]+)", source))
    assert len(names) == 6
    assert {f"test_{name.lower()}" for name in names} <= set(globals())


@pytest.mark.parametrize("kind", [0, 1, 2, 4])
def test_nonce_mismatch(kind: int) -> None:
    tuples = [sign_authorization(KEYS[3], chain_id=0, address=CONTRACT, nonce=0)]
    fields: dict[str, Any] = {"type": kind, "authorizations": tuples}
    world = WORLD.with_account(SENDER, nonce=5)
    assert_valid(transaction(nonce=5, **fields), world)
    for nonce in (0, 4, 6, (1 << 64) - 2):
        assert_skipped(transaction(nonce=nonce, **fields), Reason.NONCE_MISMATCH, world)


def test_a_replayed_transaction_is_skipped() -> None:
    item = transaction()
    batch = execute(WORLD, [item, item, transaction(nonce=1)])
    assert [receipt.status for receipt in batch.receipts] == ["success", "skipped", "success"]


def test_insufficient_funds() -> None:
    fields: dict[str, Any] = {"gas_limit": BATCH_GAS, "max_fee": 20, "value": 1_000}
    need = BATCH_GAS * 20 + 1_000  # the whole limit at the highest fee, whatever the effective price
    assert_valid(transaction(**fields), WORLD.with_account(SENDER, balance=need))
    assert_skipped(
        transaction(**fields), Reason.INSUFFICIENT_FUNDS, WORLD.with_account(SENDER, balance=need - 1)
    )


def test_the_balance_of_nobody_pays_for_nothing() -> None:
    world = World({**WORLD.accounts, SENDER: Account(0, 0, b"")}, CONTEXT)
    world = World({at: a for at, a in world.accounts.items() if at != SENDER}, CONTEXT)
    assert_skipped(transaction(), Reason.INSUFFICIENT_FUNDS, world)


@pytest.mark.parametrize("value", [1 << 160, (1 << 160) - 1, (1 << 256) - 1])
def test_a_value_of_2_to_the_160_or_more_is_insufficient_funds(value: int) -> None:
    world = WORLD.with_account(SENDER, balance=(1 << 160) - 1)
    assert_skipped(transaction(value=value), Reason.INSUFFICIENT_FUNDS, world)


def test_a_fee_of_2_to_the_160_or_more_is_insufficient_funds() -> None:
    world = WORLD.with_account(SENDER, balance=(1 << 160) - 1)
    assert_skipped(transaction(max_fee=1 << 145), Reason.INSUFFICIENT_FUNDS, world)
    assert_valid(transaction(max_fee=1 << 139), world)


def test_sender_has_code() -> None:
    for code in (b"\x00", b"\xef\x01\x00" + CONTRACT[1:], b"\xef\x01\x00" + CONTRACT + b"\x00"):
        assert_skipped(transaction(), Reason.SENDER_HAS_CODE, WORLD.with_account(SENDER, code=code))


def test_a_delegated_sender_is_allowed() -> None:
    for delegate in (CONTRACT, SENDERS[3], bytes(20)):
        assert_valid(transaction(), WORLD.with_account(SENDER, code=delegation_to(delegate)))


@pytest.mark.parametrize("kind", [0, 1, 2, 4])
def test_fee_below_base_fee(kind: int) -> None:
    tuples = [sign_authorization(KEYS[3], chain_id=0, address=CONTRACT, nonce=0)]
    fields: dict[str, Any] = {"type": kind, "authorizations": tuples, "max_priority_fee": 0}
    base_fee = CONTEXT.base_fee
    assert_valid(transaction(max_fee=base_fee, **fields))
    assert_skipped(transaction(max_fee=base_fee - 1, **fields), Reason.FEE_BELOW_BASE_FEE)
    assert_skipped(transaction(max_fee=0, **fields), Reason.FEE_BELOW_BASE_FEE)


def test_batch_gas() -> None:
    world = WORLD.with_context(gas_limit=150_000)
    assert_valid(transaction(gas_limit=150_000), world)
    assert_skipped(transaction(gas_limit=150_001), Reason.BATCH_GAS, world)


def test_gas_left_of_the_batch_is_what_was_used_not_what_was_allowed() -> None:
    first = transaction()
    used = execute(WORLD, [first]).receipt.gas_used
    world = WORLD.with_context(gas_limit=1_000_000)
    left = 1_000_000 - used
    for limit, status in ((left, "success"), (left + 1, "skipped")):
        batch = execute(world, [first, transaction(key=KEYS[1], gas_limit=limit)])
        assert [receipt.status for receipt in batch.receipts] == ["success", status]


def test_item_too_large() -> None:
    item = transaction(data=bytes(MAX_ITEM_SIZE), gas_limit=5_000_000)
    world = WORLD.with_context(gas_limit=10_000_000)
    assert_skipped(item, Reason.ITEM_TOO_LARGE, world)


@pytest.mark.parametrize("kind", [0, 1, 2, 4])
def test_what_the_decoder_refuses_is_skipped_with_its_reason(kind: int) -> None:
    tuples = [sign_authorization(KEYS[3], chain_id=0, address=CONTRACT, nonce=0)]
    fields: dict[str, Any] = {"type": kind, "authorizations": tuples, "nonce": 0, "max_fee": 20}
    chain_id, gas = CONTEXT.chain_id, 200_000
    signed = sign_transaction(KEYS[0], chain_id=chain_id + 1, gas_limit=gas, to=CONTRACT, **fields)
    assert_skipped(signed, Reason.CHAIN_ID)
    assert_skipped(transaction(gas_limit=20_999, **fields), Reason.INTRINSIC_GAS)
    floor = transaction(gas_limit=71_000 + 16 * 300, data=b"\x01" * 2_000, **fields)
    assert_skipped(floor, Reason.FLOOR_GAS if kind != 4 else Reason.INTRINSIC_GAS)
    assert_skipped(transaction(gas_limit=(1 << 24) + 1, **fields), Reason.GAS_LIMIT_OVER_CAP)
    assert_skipped(b"\x03" + signed[1:], Reason.BLOB_TRANSACTION)
    assert_skipped(signed[:-1], Reason.MALFORMED_RLP)


def test_a_skipped_item_leaves_no_trace_in_the_next_transaction() -> None:
    # What a skipped item looked at is neither warm nor written afterwards.
    reader = assemble(
        int.from_bytes(SENDER, "big"), "GAS", "SWAP1", "BALANCE", "POP", "GAS", "SWAP1", "SUB", 0, "SSTORE"
    )
    world = World.of({CONTRACT: reader})
    probe = transaction(key=KEYS[1])
    with_skipped = execute(world, [transaction(nonce=3), probe])
    assert with_skipped.slot(CONTRACT, 0) == execute(world, [probe]).slot(CONTRACT, 0) == 2_600 + 2 + 3 + 2


def test_the_word_of_the_sender_is_read_before_its_code() -> None:
    # A sender with code and a wrong nonce is skipped like any other; no code of an absent account is asked for.
    world = WORLD.with_account(SENDER, code=b"\x00")
    assert_skipped(transaction(nonce=9), Reason.NONCE_MISMATCH, world)
