"""Items of each type, valid and with each rule of decoding broken alone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from offchain.evm.authorization import Authorization
from offchain.evm.reason import Reason
from offchain.evm.rlp import Encodable, encode, list_header
from offchain.evm.signature import SECP256K1_HALF_N, SECP256K1_N
from offchain.evm.signing import sign_authorization
from tests.support.transactions import CHAIN_ID, KEY, RECIPIENT, signed_fields

__all__ = ["ALL_TYPES", "NONCE", "broken_items", "fields_of", "make", "mutated"]

ALL_TYPES: Final = (0, 1, 2, 4)
NONCE: Final = 7

_AUTHORIZATION: Final = sign_authorization(KEY, chain_id=CHAIN_ID, address=RECIPIENT, nonce=1)
_ABSENT: Final = {
    0: ("chain_id", "tip", "access_list", "authorizations"),
    1: ("tip", "authorizations"),
    2: ("authorizations",),
    4: (),
}
_LIST: Final[Encodable] = [[RECIPIENT, [b"\x09" * 32, bytes(32)]], [KEY[:20], []]]
_HIGH: Final = (1 << 64) - 1
_NO_POINT: Final = 5  # no point of the curve has this x


def fields_of(kind: int, **changes: Encodable) -> list[Encodable]:
    """The fields before the signature, in order, with some replaced by name."""
    fields: dict[str, Encodable] = {"chain_id": CHAIN_ID, "nonce": NONCE, "tip": 1, "fee": 2, "gas": 200_000}
    fields |= {"to": RECIPIENT, "value": 3, "data": b"\x01\x00", "access_list": _LIST}
    fields["authorizations"] = [_encodable(_AUTHORIZATION)]
    fields |= changes
    return [value for name, value in fields.items() if name not in _ABSENT[kind]]


def make(kind: int, **changes: Encodable) -> bytes:
    """A signed item with some fields replaced by name."""
    return signed_fields(kind, fields_of(kind, **changes))


def _encodable(item: Authorization) -> list[Encodable]:
    return [item.chain_id, item.address, item.nonce, item.y_parity, item.r, item.s]


def _wrap(kind: int, payload: bytes) -> bytes:
    return (bytes([kind]) if kind else b"") + list_header(len(payload)) + payload


def broken_items(kind: int) -> Iterator[tuple[Reason, bytes]]:
    """(the reason, an item of that type that gives it), for every reason that the type can have but EMPTY."""
    yield from _broken_bytes(kind)
    yield from _broken_fields(kind)
    yield from _broken_signatures(kind)
    if kind:
        yield from _broken_lists(kind)
    if kind == 4:
        yield from _broken_authorizations()


def _broken_bytes(kind: int) -> Iterator[tuple[Reason, bytes]]:
    raw = make(kind)
    head, body = (raw[:1], raw[1:]) if kind else (b"", raw)
    payload = b"".join(map(encode, fields_of(kind)))
    signature = b"".join(map(encode, (27, 1, 1)))
    yield Reason.BLOB_TRANSACTION, b"\x03" + body
    for first in (0x00, 0x05, 0x7F, 0x80, 0xB7, 0xBF):
        yield Reason.UNKNOWN_TYPE, bytes([first]) + body
    for bad in (raw + b"\x00", raw[:-1], head + b"\xf9\x00" + body[1:], head + b"\xff" * 9, head + b"\xf8"):
        yield Reason.MALFORMED_RLP, bad
    if kind:
        yield Reason.MALFORMED_RLP, head
        yield Reason.MALFORMED_RLP, head + encode(b"no list")
    for good, bad in (
        (encode(RECIPIENT), b"\xb8\x14" + RECIPIENT),
        (encode(3), b"\x81\x03"),
        (encode(b"\x01\x00"), b"\xb8\x00"),
        (encode(b"\x01\x00"), b"\xb9\x00\x38" + bytes(56)),
        (encode(b"\x01\x00"), b"\xbf" + b"\xff" * 8),
    ):
        yield Reason.MALFORMED_RLP, _wrap(kind, payload.replace(good, bad) + signature)
    yield Reason.FIELD_COUNT, signed_fields(kind, fields_of(kind)[:-1])
    yield Reason.FIELD_COUNT, signed_fields(kind, [*fields_of(kind), b""])
    yield Reason.FIELD_COUNT, _wrap(kind, b"")
    yield Reason.FIELD_COUNT, _wrap(kind, bytes(2_000))


def _broken_fields(kind: int) -> Iterator[tuple[Reason, bytes]]:
    integers = {"nonce": 8, "fee": 32, "gas": 8, "value": 32}
    if kind >= 2:
        integers["tip"] = 32
    if kind:
        integers["chain_id"] = 32
        yield Reason.CHAIN_ID, make(kind, chain_id=CHAIN_ID + 1)
        yield Reason.CHAIN_ID, make(kind, chain_id=0)
        yield Reason.CHAIN_ID, make(kind, chain_id=CHAIN_ID + (1 << 64))
    for name, width in integers.items():
        yield Reason.FIELD_KIND, make(kind, **{name: []})
        yield Reason.LEADING_ZERO, make(kind, **{name: b"\x00"})
        yield Reason.LEADING_ZERO, make(kind, **{name: b"\x00\x01"})
        yield Reason.FIELD_WIDTH, make(kind, **{name: b"\x01" * (width + 1)})
        yield Reason.FIELD_WIDTH, make(kind, **{name: b"\x01" * 60})
    yield Reason.FIELD_KIND, make(kind, to=[])
    yield Reason.FIELD_KIND, make(kind, data=[])
    for size in (1, 19, 21, 32):
        yield Reason.FIELD_WIDTH, make(kind, to=b"\x01" * size)
    yield Reason.FIELD_WIDTH, make(kind, to=b"\x80")
    yield Reason.NONCE_TOO_HIGH, make(kind, nonce=_HIGH)
    yield Reason.COST_OVERFLOW, make(kind, fee=(1 << 256) // 200_000 + 1)
    yield Reason.COST_OVERFLOW, make(kind, gas=_HIGH, fee=(1 << 256) - 1)
    yield Reason.GAS_LIMIT_OVER_CAP, make(kind, gas=(1 << 24) + 1)
    yield Reason.GAS_LIMIT_OVER_CAP, make(kind, gas=_HIGH)
    yield Reason.INTRINSIC_GAS, make(kind, gas=21_000)
    yield Reason.INTRINSIC_GAS, make(kind, gas=0)
    yield Reason.FLOOR_GAS, make(kind, data=b"\x01" * 5_000, gas=220_999)
    if kind >= 2:
        yield Reason.PRIORITY_FEE_OVER_MAX_FEE, make(kind, tip=3)
    if kind != 4:
        big = bytes(49_153)
        yield Reason.INITCODE_TOO_LARGE, make(kind, to=b"", data=big, gas=1 << 24)
    else:
        yield Reason.CREATE_WITH_AUTHORIZATION, make(kind, to=b"")


def _broken_signatures(kind: int) -> Iterator[tuple[Reason, bytes]]:
    fields = fields_of(kind)
    valid = 0 if kind else 27
    values = (2, 27, 28, CHAIN_ID * 2 + 35) if kind else (0, 1, 26, 29, 34)
    for v in (*values, (1 << 256) - 1) if kind else values:
        yield Reason.SIGNATURE_V, signed_fields(kind, fields, [v, 1, 1])
    if not kind:
        for v in (35, 36, CHAIN_ID * 2 + 34, CHAIN_ID * 2 + 37, (1 << 256) - 1):
            yield Reason.CHAIN_ID, signed_fields(kind, fields, [v, 1, 1])
    for name in range(3):
        wrong: list[Encodable] = [valid, 1, 1]
        wrong[name] = []
        yield Reason.FIELD_KIND, signed_fields(kind, fields, wrong)
        wrong[name] = b"\x00\x01"
        yield Reason.LEADING_ZERO, signed_fields(kind, fields, wrong)
        wrong[name] = b"\x01" * 33
        yield Reason.FIELD_WIDTH, signed_fields(kind, fields, wrong)
    for r, s in ((0, 1), (1, 0), (SECP256K1_N, 1), (1, SECP256K1_N), ((1 << 256) - 1, 1)):
        yield Reason.SIGNATURE_RANGE, signed_fields(kind, fields, [valid, r, s])
    yield Reason.SIGNATURE_HIGH_S, signed_fields(kind, fields, [valid, 1, SECP256K1_HALF_N + 1])
    yield Reason.SIGNATURE_RECOVERY, signed_fields(kind, fields, [valid, _NO_POINT, 1])


def _broken_lists(kind: int) -> Iterator[tuple[Reason, bytes]]:
    key = b"\x09" * 32
    shapes: tuple[tuple[Reason, Encodable], ...] = (
        (Reason.FIELD_KIND, b""),
        (Reason.FIELD_KIND, [b""]),
        (Reason.FIELD_KIND, [[[], []]]),
        (Reason.FIELD_KIND, [[RECIPIENT, b""]]),
        (Reason.FIELD_KIND, [[RECIPIENT, key]]),
        (Reason.ACCESS_LIST_SHAPE, [[]]),
        (Reason.ACCESS_LIST_SHAPE, [[RECIPIENT]]),
        (Reason.ACCESS_LIST_SHAPE, [[RECIPIENT, [], []]]),
        (Reason.ACCESS_LIST_SHAPE, [[RECIPIENT, [key], b""]]),
        (Reason.ACCESS_LIST_SHAPE, [[RECIPIENT[1:], []]]),
        (Reason.ACCESS_LIST_SHAPE, [[RECIPIENT + b"\x01", []]]),
        (Reason.ACCESS_LIST_SHAPE, [[b"", []]]),
        (Reason.ACCESS_LIST_SHAPE, [[RECIPIENT, [key[1:]]]]),
        (Reason.ACCESS_LIST_SHAPE, [[RECIPIENT, [key + b"\x01"]]]),
        (Reason.ACCESS_LIST_SHAPE, [[RECIPIENT, [9]]]),
        (Reason.ACCESS_LIST_SHAPE, [[RECIPIENT, [[]]]]),
        (Reason.ACCESS_LIST_SHAPE, [[RECIPIENT, [key, b"\x01" * 65]]]),
        (Reason.ACCESS_LIST_SHAPE, [[RECIPIENT, [[key[1:]] * 33]]]),
        (Reason.ACCESS_LIST_SHAPE, [[RECIPIENT, [key]], [RECIPIENT, [b""]]]),
    )
    for reason, shape in shapes:
        yield reason, make(kind, access_list=shape)


def _broken_authorizations() -> Iterator[tuple[Reason, bytes]]:
    yield Reason.NO_AUTHORIZATION, make(4, authorizations=[])
    yield Reason.FIELD_KIND, make(4, authorizations=b"")
    yield Reason.FIELD_KIND, make(4, authorizations=[b""])
    good = _encodable(_AUTHORIZATION)
    shapes: list[list[Encodable]] = [[], good[:-1], [*good, b""]]
    for index, width in ((0, 32), (2, 8), (3, 1), (4, 32), (5, 32)):
        wrong: tuple[Encodable, ...] = ([], b"\x00", b"\x00\x01", b"\x01" * (width + 1))
        shapes += [[*good[:index], bad, *good[index + 1 :]] for bad in wrong]
    addresses: tuple[Encodable, ...] = ([], b"", RECIPIENT[1:], RECIPIENT + b"\x01")
    shapes += [[good[0], address, *good[2:]] for address in addresses]
    for shape in shapes:
        yield Reason.AUTHORIZATION_SHAPE, make(4, authorizations=[shape])
        yield Reason.AUTHORIZATION_SHAPE, make(4, authorizations=[good, shape, good])
    yield Reason.INTRINSIC_GAS, make(4, authorizations=[good] * 672, gas=1 << 24)


def mutated(raw: bytes, choices: random.Random) -> bytes:
    """The bytes with one to three of them changed, taken out, doubled or put in; never empty."""
    changed = bytearray(raw)
    for _ in range(choices.randint(1, 3)):
        at = choices.randrange(len(changed))
        byte = choices.choice((0x00, 0x01, 0x80, 0x81, 0xA0, 0xB8, 0xC0, 0xF8, 0xFF, choices.randrange(256)))
        match choices.randrange(5):
            case 0:
                changed[at] = byte
            case 1:
                changed[at] ^= 1 << choices.randrange(8)
            case 2:
                changed.insert(at, byte)
            case 3:
                end = at + choices.randint(1, 40)
                changed[at:at] = changed[at:end]
            case _ if len(changed) > 1:
                del changed[at]
    return bytes(changed)
