"""Each rule that makes an item invalid, in a test of its name; beside it the nearest valid transaction."""

from __future__ import annotations

from typing import Any

import pytest

from offchain.evm.authorization import Authorization
from offchain.evm.exceptions import InvalidTransaction
from offchain.evm.reason import Reason
from offchain.evm.rlp import Encodable, encode, list_header
from offchain.evm.signature import SECP256K1_HALF_N, SECP256K1_N
from offchain.evm.signing import address_of_key, sign_authorization
from offchain.evm.transaction import Transaction, decode_transaction
from tests.support.transactions import CHAIN_ID, KEY, RECIPIENT, signed, signed_fields

ALL_TYPES = [0, 1, 2, 4]
AUTHORIZATION = sign_authorization(KEY, chain_id=CHAIN_ID, address=RECIPIENT, nonce=1)


def reason_of(raw: bytes, chain_id: int = CHAIN_ID) -> str:
    with pytest.raises(InvalidTransaction) as caught:
        decode_transaction(raw, chain_id)
    return caught.value.reason


def valid(raw: bytes) -> Transaction:
    transaction = decode_transaction(raw, CHAIN_ID)
    assert transaction.sender == address_of_key(KEY)
    return transaction


def fields_of(kind: int, **changes: Encodable) -> list[Encodable]:
    """The fields before the signature, in order, with some replaced by name."""
    fields: dict[str, Encodable] = {"chain_id": CHAIN_ID, "nonce": 7, "tip": 1, "fee": 2, "gas": 200_000}
    fields |= {"to": RECIPIENT, "value": 3, "data": b"\x01\x00", "access_list": []}
    fields["authorizations"] = [encodable(AUTHORIZATION)]
    absent = {0: ("chain_id", "tip", "access_list", "authorizations"), 1: ("tip", "authorizations")}
    absent |= {2: ("authorizations",), 4: ()}
    fields |= changes
    return [value for name, value in fields.items() if name not in absent[kind]]


def encodable(item: Authorization) -> list[Encodable]:
    return [item.chain_id, item.address, item.nonce, item.y_parity, item.r, item.s]


def make(kind: int, **changes: Encodable) -> bytes:
    return signed_fields(kind, fields_of(kind, **changes))


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_the_transaction_that_the_others_change_is_valid(kind: int) -> None:
    assert valid(make(kind)).type == kind


#: Rules that need the state or the batch; test_phases_skips has a test for each.
OF_THE_PHASES = {
    Reason.ITEM_TOO_LARGE,
    Reason.BATCH_GAS,
    Reason.FEE_BELOW_BASE_FEE,
    Reason.NONCE_MISMATCH,
    Reason.INSUFFICIENT_FUNDS,
    Reason.SENDER_HAS_CODE,
}


def test_every_reason_has_a_test_of_its_name() -> None:
    assert {f"test_{reason.name.lower()}" for reason in set(Reason) - OF_THE_PHASES} <= set(globals())


def test_empty() -> None:
    assert reason_of(b"") == Reason.EMPTY


def test_blob_transaction() -> None:
    assert reason_of(b"\x03") == Reason.BLOB_TRANSACTION
    assert reason_of(b"\x03" + encode([CHAIN_ID, 0])) == Reason.BLOB_TRANSACTION


@pytest.mark.parametrize("first", [0x00, 0x05, 0x7F, 0x80, 0xB7, 0xBF])
def test_unknown_type(first: int) -> None:
    assert reason_of(bytes([first]) + make(2)[1:]) == Reason.UNKNOWN_TYPE


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_malformed_rlp(kind: int) -> None:
    raw = make(kind)
    head, body = (raw[:1], raw[1:]) if kind else (b"", raw)
    assert reason_of(raw + b"\x00") == Reason.MALFORMED_RLP
    assert reason_of(raw[:-1]) == Reason.MALFORMED_RLP
    size = len(body) - 2
    assert body[:2] == bytes([0xF8, size])
    assert reason_of(head + bytes([0xF9, 0, size]) + body[2:]) == Reason.MALFORMED_RLP
    if kind:
        assert reason_of(head) == Reason.MALFORMED_RLP
        assert reason_of(head + encode(b"no list")) == Reason.MALFORMED_RLP


def test_malformed_rlp_inside() -> None:
    payload = b"".join(map(encode, fields_of(2)))
    long_form = payload.replace(encode(RECIPIENT), b"\xb8\x14" + RECIPIENT)
    assert long_form != payload
    signature = encode(27) + encode(1) + encode(1)
    whole = long_form + signature
    assert reason_of(b"\x02" + list_header(len(whole)) + whole) == Reason.MALFORMED_RLP
    byte_with_header = (
        payload.replace(encode(3) + encode(b"\x01\x00"), b"\x81\x03" + encode(b"\x01\x00")) + signature
    )
    assert reason_of(b"\x02" + list_header(len(byte_with_header)) + byte_with_header) == Reason.MALFORMED_RLP


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_field_count(kind: int) -> None:
    assert reason_of(signed_fields(kind, fields_of(kind)[:-1])) == Reason.FIELD_COUNT
    assert reason_of(signed_fields(kind, [*fields_of(kind), b""])) == Reason.FIELD_COUNT


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_field_kind(kind: int) -> None:
    for name in ("nonce", "fee", "gas", "to", "value", "data"):
        assert reason_of(make(kind, **{name: []})) == Reason.FIELD_KIND
    assert reason_of(signed_fields(kind, fields_of(kind), [1, [], 1])) == Reason.FIELD_KIND
    if kind:
        assert reason_of(make(kind, access_list=b"")) == Reason.FIELD_KIND
        assert reason_of(make(kind, access_list=[b""])) == Reason.FIELD_KIND
        assert reason_of(make(kind, chain_id=[])) == Reason.FIELD_KIND
    if kind == 4:
        assert reason_of(make(kind, authorizations=b"")) == Reason.FIELD_KIND


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_leading_zero(kind: int) -> None:
    for name in ("nonce", "fee", "gas", "value"):
        assert reason_of(make(kind, **{name: b"\x00\x01"})) == Reason.LEADING_ZERO
        assert reason_of(make(kind, **{name: b"\x00"})) == Reason.LEADING_ZERO
    for signature in ([b"\x00\x01", 1, 1], [1, b"\x00\x01", 1], [1, 1, b"\x00\x01"]):
        assert reason_of(signed_fields(kind, fields_of(kind), signature)) == Reason.LEADING_ZERO


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_field_width(kind: int) -> None:
    assert reason_of(make(kind, nonce=1 << 64)) == Reason.FIELD_WIDTH
    assert reason_of(make(kind, gas=1 << 64)) == Reason.FIELD_WIDTH
    assert reason_of(make(kind, fee=1 << 256)) == Reason.FIELD_WIDTH
    assert reason_of(make(kind, value=1 << 256)) == Reason.FIELD_WIDTH
    assert valid(make(kind, value=(1 << 256) - 1)).value == (1 << 256) - 1
    for size in (1, 19, 21, 32):
        assert reason_of(make(kind, to=b"\x22" * size)) == Reason.FIELD_WIDTH
    assert reason_of(signed_fields(kind, fields_of(kind), [1, 1 << 256, 1])) == Reason.FIELD_WIDTH


@pytest.mark.parametrize("kind", [1, 2, 4])
def test_access_list_shape(kind: int) -> None:
    key = bytes(32)
    assert valid(make(kind, access_list=[[RECIPIENT, [key, key]], [RECIPIENT, []]])).access_list == (
        (RECIPIENT, (0, 0)),
        (RECIPIENT, ()),
    )
    for entry in (
        [RECIPIENT],
        [RECIPIENT, [], []],
        [RECIPIENT[1:], []],
        [b"", []],
        [RECIPIENT + b"\x01", []],
    ):
        assert reason_of(make(kind, access_list=[entry])) == Reason.ACCESS_LIST_SHAPE
    for bad_key in (key[1:], key + b"\x00", b"", [key]):
        assert reason_of(make(kind, access_list=[[RECIPIENT, [key, bad_key]]])) == Reason.ACCESS_LIST_SHAPE


def authorization(**changes: Encodable) -> list[Encodable]:
    names = ["chain_id", "address", "nonce", "y_parity", "r", "s"]
    return list((dict(zip(names, encodable(AUTHORIZATION), strict=True)) | changes).values())


@pytest.mark.parametrize(
    "changes",
    [
        {"chain_id": 1 << 256},
        {"address": b""},
        {"address": RECIPIENT[1:]},
        {"address": []},
        {"nonce": 1 << 64},
        {"y_parity": 256},
        {"r": 1 << 256},
        {"s": 1 << 256},
        {"s": b"\x00\x01"},
        {"nonce": []},
        {"more": b""},
    ],
)
def test_authorization_shape(changes: dict[str, Any]) -> None:
    tuples: list[Encodable] = [authorization(), authorization(**changes)]
    assert reason_of(make(4, authorizations=tuples)) == Reason.AUTHORIZATION_SHAPE


@pytest.mark.parametrize(
    "changes",
    [
        {"chain_id": (1 << 256) - 1},
        {"nonce": (1 << 64) - 1},
        {"y_parity": 255},
        {"r": 0},
        {"s": 0},
        {"r": (1 << 256) - 1},
        {"s": SECP256K1_HALF_N + 1},
    ],
)
def test_a_tuple_without_meaning_does_not_spoil_its_transaction(changes: dict[str, Any]) -> None:
    transaction = valid(make(4, authorizations=[authorization(**changes), authorization()]))
    first, second = transaction.authorizations
    assert first.authority() != address_of_key(KEY)
    assert second.authority() == address_of_key(KEY)


def test_no_authorization() -> None:
    assert reason_of(make(4, authorizations=[])) == Reason.NO_AUTHORIZATION


def test_create_with_authorization() -> None:
    assert reason_of(make(4, to=b"")) == Reason.CREATE_WITH_AUTHORIZATION


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_chain_id(kind: int) -> None:
    assert valid(signed(type=kind, authorizations=[AUTHORIZATION])).type == kind
    for other in (CHAIN_ID - 1, CHAIN_ID + 1, 1, 1 << 64, 1 << 255):
        raw = signed(type=kind, chain_id=other % (1 << 254), authorizations=[AUTHORIZATION])
        assert reason_of(raw) == Reason.CHAIN_ID
    if kind == 0:
        assert valid(signed(type=0, chain_id=None)).type == 0
    else:
        assert reason_of(make(kind, chain_id=0)) == Reason.CHAIN_ID


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_nonce_too_high(kind: int) -> None:
    assert valid(make(kind, nonce=(1 << 64) - 2)).nonce == (1 << 64) - 2
    assert reason_of(make(kind, nonce=(1 << 64) - 1)) == Reason.NONCE_TOO_HIGH


@pytest.mark.parametrize("kind", [2, 4])
def test_priority_fee_over_max_fee(kind: int) -> None:
    assert valid(make(kind, tip=2, fee=2)).max_priority_fee == 2
    assert reason_of(make(kind, tip=3, fee=2)) == Reason.PRIORITY_FEE_OVER_MAX_FEE


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_cost_overflow(kind: int) -> None:
    assert valid(make(kind, gas=1 << 20, fee=(1 << 236) - 1)).max_fee == (1 << 236) - 1
    assert reason_of(make(kind, gas=1 << 20, fee=1 << 236)) == Reason.COST_OVERFLOW


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_gas_limit_over_cap(kind: int) -> None:
    assert valid(make(kind, gas=1 << 24)).gas_limit == 1 << 24
    assert reason_of(make(kind, gas=(1 << 24) + 1)) == Reason.GAS_LIMIT_OVER_CAP


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_initcode_too_large(kind: int) -> None:
    assert valid(make(kind, to=b"", gas=1 << 24, data=bytes(49_152))).to is None
    assert reason_of(make(kind, to=b"", gas=1 << 24, data=bytes(49_153))) == Reason.INITCODE_TOO_LARGE
    assert valid(make(kind, gas=1 << 24, data=bytes(49_153))).to == RECIPIENT


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({}, 21_000),
        ({"data": b"\x00"}, 21_010),  # the floor
        ({"to": None}, 53_000),
        ({"to": None, "data": b"\x00\x01"}, 53_000 + 2 + 4 + 16),
        ({"to": None, "data": bytes(33)}, 53_000 + 4 + 4 * 33),
        ({"access_list": [(RECIPIENT, [1, 2])]}, 21_000 + 2_400 + 3_800),
        ({"type": 4, "authorizations": [AUTHORIZATION] * 2}, 71_000),
    ],
)
def test_intrinsic_gas(changes: dict[str, Any], needed: int) -> None:
    transaction = valid(signed(gas_limit=needed, **changes))
    assert max(transaction.intrinsic_gas, transaction.floor_gas) == needed
    expected = Reason.INTRINSIC_GAS if transaction.intrinsic_gas == needed else Reason.FLOOR_GAS
    assert reason_of(signed(gas_limit=needed - 1, **changes)) == expected


def test_floor_gas() -> None:
    data = b"\x01" * 100 + bytes(50)
    tokens = 4 * 100 + 50
    transaction = valid(signed(gas_limit=21_000 + 10 * tokens, data=data))
    assert (transaction.intrinsic_gas, transaction.floor_gas) == (21_000 + 4 * tokens, 21_000 + 10 * tokens)
    assert reason_of(signed(gas_limit=21_000 + 10 * tokens - 1, data=data)) == Reason.FLOOR_GAS


@pytest.mark.parametrize("v", [0, 1, 26, 29, 34])
def test_signature_v(v: int) -> None:
    assert reason_of(signed_fields(0, fields_of(0), [v, 1, 1])) == Reason.SIGNATURE_V
    if v > 1:
        assert reason_of(signed_fields(2, fields_of(2), [v, 1, 1])) == Reason.SIGNATURE_V


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_signature_range(kind: int) -> None:
    v = 1 if kind else 27
    for r, s in [(0, 1), (1, 0), (SECP256K1_N, 1), (1, SECP256K1_N), ((1 << 256) - 1, 1)]:
        assert reason_of(signed_fields(kind, fields_of(kind), [v, r, s])) == Reason.SIGNATURE_RANGE


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_signature_high_s(kind: int) -> None:
    v = 1 if kind else 27
    assert (
        reason_of(signed_fields(kind, fields_of(kind), [v, 1, SECP256K1_HALF_N + 1]))
        == Reason.SIGNATURE_HIGH_S
    )
    at_the_limit = decode_transaction(
        signed_fields(kind, fields_of(kind), [v, 1, SECP256K1_HALF_N]), CHAIN_ID
    )
    assert len(at_the_limit.sender) == 20


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_signature_recovery(kind: int) -> None:
    # 5 is no x-coordinate of secp256k1.
    assert (
        reason_of(signed_fields(kind, fields_of(kind), [1 if kind else 27, 5, 1]))
        == Reason.SIGNATURE_RECOVERY
    )
