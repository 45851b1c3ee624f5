"""ItemProver finds the machine's successor of whatever bytes an order holds, and no other witness leads there."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from offchain.conformance.case import Account
from offchain.conformance.fixtures import read_tests
from offchain.evm.code import delegation_to
from offchain.evm.exceptions import InvalidTransaction
from offchain.evm.items import MAX_ITEM_SIZE
from offchain.evm.phase import Phase
from offchain.evm.reason import Reason
from offchain.evm.rlp import Encodable
from offchain.evm.signing import address_of_key, sign_transaction
from offchain.evm.transaction import decode_transaction
from tests.support.batches import CONTEXT, World
from tests.support.broken_items import ALL_TYPES, NONCE, broken_items, fields_of, make, mutated
from tests.support.official import official_fixtures
from tests.support.prover_contracts import all_in_gas, assert_proven, assert_witness_is_bound, successor
from tests.support.step_proofs import ProvenStep, proven_steps, proving_machine
from tests.support.transactions import CHAIN_ID, KEY, RECIPIENT, signed_fields, transaction_fields

SENDER = address_of_key(KEY)
RICH = 1 << 158
WORLD = World({SENDER: Account(NONCE, RICH, b"")}, replace(CONTEXT, chain_id=CHAIN_ID, base_fee=1))
CEILING = 10_000_000


def item_step(raw: bytes, world: World = WORLD) -> ProvenStep:
    """The step that reads the only item of a batch."""
    machine = proving_machine(world, [raw])
    machine.step()
    return next(proven_steps(machine))


def is_skipped(step: ProvenStep, raw: bytes, world: World = WORLD) -> bool:
    """Whether the machine skips the item."""
    machine = proving_machine(world, [raw])
    machine.step()
    machine.step()
    return machine.phase is Phase.ITEM


def check(raw: bytes, world: World = WORLD) -> bool:
    """The contract agrees with the machine; whether the item is valid."""
    step = item_step(raw, world)
    assert_proven(step)
    return not is_skipped(step, raw, world)


# Valid items


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_a_valid_item_of_each_type_begins_a_transaction(kind: int) -> None:
    variants: tuple[dict[str, Any], ...] = ({}, {"data": b""}, {"data": bytes(70)}, {"access_list": []})
    for changes in (*variants, {"tip": 0, "fee": 1}):
        assert check(make(kind, **changes))
    assert check(make(kind, gas=1 << 24, value=RICH - (2 << 24)))  # all that the sender has
    if kind != 4:
        assert check(make(kind, to=b"", data=b"\x00\x01" * 40))


@pytest.mark.parametrize("chain_id", [0, 1, 0x7F, 0x80, 0xFF, 0x100, 901, (1 << 63) - 1, (1 << 64) - 1])
def test_a_chain_of_any_id_has_protected_transactions(chain_id: int) -> None:
    world = WORLD.with_context(chain_id=chain_id)
    for kind in (0, 2):
        raw = sign_transaction(
            KEY, type=kind, chain_id=chain_id, nonce=NONCE, gas_limit=30_000, max_fee=1, to=RECIPIENT
        )
        assert check(raw, world)
        assert not check(raw, WORLD.with_context(chain_id=chain_id ^ 1))


@settings(max_examples=60, deadline=None)
@given(fields=transaction_fields())
def test_any_signed_transaction_is_judged_alike(fields: dict[str, Any]) -> None:
    assert not check(sign_transaction(KEY, **fields)) or fields["nonce"] == NONCE
    check(sign_transaction(KEY, **fields | {"nonce": NONCE, "max_fee": 9, "max_priority_fee": 3}))


@pytest.mark.parametrize("nonce", [0, 1, 0x7F, 0x80, 0xFF, 0x100, (1 << 64) - 2])
def test_a_creation_gets_its_address_from_sender_and_nonce(nonce: int) -> None:
    world = WORLD.with_account(SENDER, nonce=nonce)
    assert check(make(0, to=b"", nonce=nonce), world)


def test_who_is_warm_from_the_start_may_be_one_address() -> None:
    for coinbase, to in (
        (SENDER, SENDER),
        (RECIPIENT, RECIPIENT),
        (SENDER, RECIPIENT),
        (bytes(19) + b"\x04",) * 2,
    ):
        assert check(make(2, to=to), WORLD.with_context(coinbase=coinbase))


# Items that are no valid transactions


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_each_reason_of_decoding_alone_makes_an_item_skipped(kind: int) -> None:
    for reason, raw in broken_items(kind):
        with pytest.raises(InvalidTransaction) as caught:
            decode_transaction(raw, CHAIN_ID)
        assert caught.value.reason == reason, raw.hex()[:300]
        assert not check(raw), reason


def test_the_broken_items_cover_every_reason_of_decoding() -> None:
    of_the_phases = {
        Reason.ITEM_TOO_LARGE,
        Reason.BATCH_GAS,
        Reason.FEE_BELOW_BASE_FEE,
        Reason.NONCE_MISMATCH,
        Reason.INSUFFICIENT_FUNDS,
        Reason.SENDER_HAS_CODE,
    }
    covered = {reason for kind in ALL_TYPES for reason, _ in broken_items(kind)}
    assert covered == set(Reason) - of_the_phases - {Reason.EMPTY}  # an empty item ends the batch


def test_batch_gas() -> None:
    assert check(make(2), WORLD.with_context(gas_limit=200_000))
    assert not check(make(2), WORLD.with_context(gas_limit=199_999))


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_fee_below_base_fee(kind: int) -> None:
    assert check(make(kind), WORLD.with_context(base_fee=2))
    assert not check(make(kind), WORLD.with_context(base_fee=3))
    assert not check(make(kind), WORLD.with_context(base_fee=(1 << 256) - 1))


def test_nonce_mismatch() -> None:
    for nonce in (0, 6, 8, (1 << 64) - 2):
        assert not check(make(2, nonce=nonce))
        assert not check(make(2), WORLD.with_account(SENDER, nonce=nonce))


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_insufficient_funds(kind: int) -> None:
    cost = 200_000 * 2 + 3
    assert check(make(kind), WORLD.with_account(SENDER, balance=cost))
    assert not check(make(kind), WORLD.with_account(SENDER, balance=cost - 1))
    assert not check(make(kind), World({}, WORLD.context))
    for changes in (
        {"value": (1 << 256) - 1},
        {"fee": (1 << 256) // 200_000},
        {"fee": 1 << 200, "tip": 1 << 200},
    ):
        assert not check(make(kind, **changes))


def test_sender_has_code() -> None:
    for code, valid in (
        (b"\x00", False),
        (delegation_to(RECIPIENT), True),
        (b"\x00" + delegation_to(RECIPIENT)[1:], False),
        (delegation_to(RECIPIENT) + b"\x00", False),
    ):
        assert check(make(2), WORLD.with_account(SENDER, code=code)) is valid


def test_item_too_large() -> None:
    too_large = make(2, data=bytes(MAX_ITEM_SIZE), gas=1 << 24)
    raw = make(2, data=bytes(2 * MAX_ITEM_SIZE - len(too_large)), gas=1 << 24)
    assert len(raw) == MAX_ITEM_SIZE
    assert check(raw)
    assert not check(make(2, data=bytes(2 * MAX_ITEM_SIZE - len(too_large) + 1), gas=1 << 24))
    step = item_step(too_large)
    assert len(step.witness) < 2_000  # its bytes are not shown


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_an_item_with_changed_bytes_is_judged_alike(kind: int) -> None:
    choices = random.Random(kind)
    raws = [make(kind), make(kind, to=b"" if kind != 4 else RECIPIENT, data=bytes(60))]
    for _ in range(300):
        check(mutated(choices.choice(raws), choices))


def random_item(choices: random.Random, depth: int = 0) -> Encodable:
    if depth < 4 and choices.random() < 0.3:
        return [random_item(choices, depth + 1) for _ in range(choices.randrange(4))]
    size = choices.choice((0, 1, 1, 2, 8, 9, 19, 20, 20, 21, 31, 32, 32, 32, 33, 55, 56, 60))
    return choices.randbytes(size) if choices.random() < 0.8 else bytes(size)


def changed_at_random(item: Encodable, choices: random.Random) -> Encodable:
    """The item with something inside it replaced, doubled or left out."""
    if isinstance(item, list) and item and choices.random() < 0.8:
        at = choices.randrange(len(item))
        match choices.randrange(6):
            case 0:
                return [*item[:at], *item[at + 1 :]]
            case 1:
                return [*item[:at], item[at], *item[at:]]
            case _:
                return [*item[:at], changed_at_random(item[at], choices), *item[at + 1 :]]
    return random_item(choices)


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_signed_fields_of_any_shape_are_judged_alike(kind: int) -> None:
    choices = random.Random(100 + kind)
    for _ in range(300):
        fields = changed_at_random(fields_of(kind), choices)
        check(signed_fields(kind, fields if isinstance(fields, list) else [fields]))


def test_official_transaction_tests_are_judged_alike() -> None:
    folder = official_fixtures() / "ethereum-tests" / "TransactionTests"
    context = replace(CONTEXT, chain_id=1, base_fee=0, gas_limit=1 << 62)
    count = 0
    for path in sorted(folder.rglob("*.json")):
        for _, test in read_tests(path):
            raw = bytes.fromhex(test["txbytes"].removeprefix("0x"))
            if not raw:
                continue
            world = World({}, context)
            try:
                transaction = decode_transaction(raw, 1)
                sender, nonce = transaction.sender, transaction.nonce
                world = World({sender: Account(nonce, RICH, b"")}, context)
            except InvalidTransaction:
                pass
            check(raw, world)
            count += 1
    assert count > 100


# Witnesses


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_a_changed_witness_leads_nowhere(kind: int) -> None:
    choices = random.Random(kind)
    world = WORLD.with_account(SENDER, code=delegation_to(RECIPIENT))
    for raw in (make(kind), make(kind, nonce=NONCE + 1), make(kind, gas=20_000)):
        assert_witness_is_bound(item_step(raw, world), choices, 60)


def test_a_state_is_proven_in_its_own_unit_and_context_only() -> None:
    step = item_step(make(2))
    other = item_step(make(2), WORLD.with_context(timestamp=5))
    for changed in (
        replace(step, unit=0),
        replace(step, unit=2),
        replace(step, before=step.after),
        replace(step, context_hash=other.context_hash),
        replace(step, before=other.before, witness=other.witness),
    ):
        assert successor(changed) != step.after


# What it costs


def largest(**changes: Any) -> bytes:
    fields: dict[str, Any] = {"gas": 1 << 24, "data": b""}
    return make(4, **(fields | changes))


def worst_cases() -> dict[str, bytes]:
    """Items of almost 98,304 bytes that are the dearest to read."""
    room = MAX_ITEM_SIZE - 400
    entry: Encodable = [b"\x11" * 20, []]
    tuple_: Encodable = [b"\x01" * 32, b"\x11" * 20, b"\x01" * 8, 1, b"\x01" * 32, b"\x01" * 32]
    small: Encodable = [1, b"\x11" * 20, 1, 1, 1, 1]
    return {
        "data without zeros": largest(data=b"\x11" * room),
        "data of zeros": largest(data=bytes(room)),
        "addresses": largest(access_list=[entry] * (room // 23)),
        "keys of one address": largest(access_list=[[b"\x11" * 20, [b"\x22" * 32] * (room // 33)]]),
        "a key for each address": largest(access_list=[[b"\x11" * 20, [b"\x22" * 32]]] * (room // 57)),
        "tuples that no gas limit pays for": largest(authorizations=[small] * (room // 27)),
        "as many tuples as one can pay for": largest(authorizations=[tuple_] * 660),
        "as many tuples as are read": largest(authorizations=[tuple_] * 671),
        "small tuples, then a key for each address": largest(
            authorizations=[small] * 671,
            access_list=[[b"\x11" * 20, [b"\x22" * 32]]] * ((room - 671 * 27) // 57),
        ),
        "fields": b"\x04" + b"\xfa" + (room - 5).to_bytes(3, "big") + b"\x01" * (room - 5),
        "lists": largest(access_list=[[]] * room),
    }


@pytest.mark.parametrize("name", list(worst_cases()))
def test_the_largest_items_fit_in_one_transaction_of_the_l1(name: str) -> None:
    gas = all_in_gas(item_step(worst_cases()[name]))
    print(f"{name}: {gas:,}")
    assert gas <= CEILING
