"""Transactions whose bytes are signed as they stand, but are not the one encoding of what they say.

Bytes that are changed behind the signature change the sender too, and such an item is skipped for want of funds.
Here they are changed before: only the decoders decide, and the two of them and EELS have to agree.
"""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import pytest

from offchain.conformance.case import Account
from offchain.evm.phase import Phase
from offchain.evm.rlp import encode, list_header, read_header
from offchain.evm.signing import sign_authorization, sign_digest
from offchain.hashing import keccak
from tests.support.batches import CONTEXT, CONTRACT, KEYS, OTHER, SENDER, World, execute, transaction
from tests.support.eels_batch import assert_as_eels
from tests.support.step_proofs import proven_steps, proving_machine
from tests.support.three_ways import check

KINDS = (0, 1, 2, 4)
WORLD = World({SENDER: Account(0, 10**20, b""), CONTRACT: Account(1, 0, b"\x00")})


@cache
def _fields(kind: int) -> bytes:
    """The encoded fields of a transaction before its signature."""
    more: dict[str, Any] = {"data": b"\x01\x00" * 9}
    if kind:
        more["access_list"] = [(OTHER, [1, 1 << 255]), (CONTRACT, []), (SENDER, [0]), (OTHER, [])]
    if kind == 4:
        more["authorizations"] = [
            sign_authorization(key, chain_id=CONTEXT.chain_id, address=OTHER, nonce=0) for key in KEYS[1:]
        ]
    raw = transaction(type=kind, gas_limit=300_000, max_priority_fee=20 if kind < 2 else 2, **more)
    _, at, end = read_header(raw, 1 if kind else 0, len(raw))
    ends = [at]
    while at < end:
        _, _, at = read_header(raw, at, end)
        ends.append(at)
    return raw[ends[0] : ends[-4]]


def signed_as_it_stands(kind: int, fields: bytes) -> bytes:
    """The transaction with these bytes for its fields."""
    head = bytes([kind]) if kind else b""
    y_parity, r, s = sign_digest(keccak(head + list_header(len(fields)) + fields), KEYS[0])
    payload = fields + encode(y_parity if kind else 27 + y_parity) + encode(r) + encode(s)
    return head + list_header(len(payload)) + payload


def _changed(fields: bytes, choices: random.Random) -> bytes:
    """One change that hits a header more often than not; what holds it gets its new size or does not."""
    at = choices.choice(_headers(fields)) if choices.random() < 0.7 else choices.randrange(len(fields))
    first = fields[at]
    match choices.randrange(8):
        case 0:
            return fields[:at] + bytes([choices.randrange(256)]) + fields[at + 1 :]
        case 1:
            return fields[:at] + bytes([(first + choices.choice((1, 255))) % 256]) + fields[at + 1 :]
        case 2:
            return fields[:at] + fields[at + 1 :]
        case 3:
            return fields[:at] + choices.choice((b"\x00", b"\x80", b"\xc0", b"\x81\x01")) + fields[at:]
        case 4:  # the long form of a short item
            size = first - (0xC0 if first >= 0xC0 else 0x80)
            if not 0 <= size <= 55:
                return fields[:at] + fields[at:][:1] + fields[at:]
            return fields[:at] + bytes([0xF8 if first >= 0xC0 else 0xB8, size]) + fields[at + 1 :]
        case 5:  # a length with a leading zero
            if first not in (0xB8, 0xF8):
                return fields[:at] + b"\x81" + fields[at:]
            return fields[:at] + bytes([first + 1, 0]) + fields[at + 1 :]
        case 6:  # a string for a list, a list for a string
            return fields[:at] + bytes([first ^ 0x40]) + fields[at + 1 :]
        case _:
            other = choices.randrange(at, len(fields))
            return fields[:at] + fields[other:]


def _headers(fields: bytes) -> list[int]:
    """Where the items begin, at any depth."""
    found: list[int] = []
    spans = [(0, len(fields))]
    while spans:
        at, end = spans.pop()
        while at < end:
            found.append(at)
            is_list, start, stop = read_header(fields, at, end)
            if is_list:
                spans.append((start, stop))
            at = stop
    return found


def _resized(fields: bytes, choices: random.Random) -> bytes:
    """A change inside a list, whose headers above are made to fit again."""
    at = 0
    parts: list[bytes] = []
    lists: list[int] = []
    while at < len(fields):
        is_list, _, stop = read_header(fields, at, len(fields))
        if is_list:
            lists.append(len(parts))
        parts.append(fields[at:stop])
        at = stop
    place = choices.choice(lists or range(len(parts)))
    is_list, start, stop = read_header(parts[place], 0, len(parts[place]))
    if not is_list or start == stop:
        return _changed(fields, choices)
    inner = parts[place][start:stop]
    inner = _resized(inner, choices) if choices.random() < 0.7 else _changed(inner, choices)
    parts[place] = list_header(len(inner)) + inner
    return b"".join(parts)


def _agree(item: bytes) -> bool:
    """Whether it is included; all three agree on that and on its outcome."""
    steps = [
        step
        for step in proven_steps(proving_machine(WORLD, [item]))
        if step.phase in (Phase.ITEM, Phase.ACCESS_LIST, Phase.AUTHORIZATION)
    ]
    check(steps)
    batch = execute(WORLD, [item])
    included = str(batch.receipt.status) != "skipped"
    if included or item[0] >= 0xC0 or "chain" not in batch.receipt.reason:
        assert_as_eels(WORLD, [item], batch)
    return included


def _run(kind: int, seed: int, rounds: int) -> int:
    choices = random.Random(seed)
    fields = _fields(kind)
    assert _agree(signed_as_it_stands(kind, fields))
    included = 0
    for _ in range(rounds):
        change = _resized if kind and choices.random() < 0.6 else _changed
        included += _agree(signed_as_it_stands(kind, change(fields, choices)))
    return included


@pytest.mark.parametrize("kind", KINDS)
def test_signed_bytes_of_any_form_are_judged_alike(kind: int) -> None:
    assert 0 < _run(kind, kind, 250) < 250


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_many_signed_bytes_of_any_form_are_judged_alike(kind: int) -> None:
    assert 0 < _run(kind, 100 + kind, 2_500) < 2_500
