"""RLP: one encoding for each item, and no other is read."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from offchain.conformance.fixtures import find_fixtures
from offchain.errors import DecodeError, FixtureError
from offchain.evm.rlp import Encodable, Item, decode, encode, list_header, split_list

items: st.SearchStrategy[Item] = st.recursive(
    st.binary(max_size=70), lambda inner: st.lists(inner, max_size=60), max_leaves=80
)


@given(items)
def test_decoding_takes_back_encoding(item: Item) -> None:
    assert decode(encode(item)) == item


@given(st.binary(max_size=80))
@example(b"\x81\x7f")
@example(b"\xb8\x01\x80")
@example(b"\xf8\x01\x80")
@example(b"\xb9\x00\x38" + bytes(56))
@example(b"\xc1\x81")
@example(b"\xc2\x81\x01")
@example(b"\xff" * 9)
@example(b"")
def test_bytes_that_decode_are_the_encoding(data: bytes) -> None:
    try:
        item = decode(data)
    except DecodeError:
        return
    assert encode(item) == data


@given(items, st.data())
def test_a_changed_byte_decodes_to_another_item_or_not_at_all(item: Item, draw: st.DataObject) -> None:
    data = encode(item)
    at = draw.draw(st.integers(0, len(data) - 1))
    changed = data[:at] + bytes([data[at] ^ draw.draw(st.integers(1, 255))]) + data[at + 1 :]
    with contextlib.suppress(DecodeError):
        assert decode(changed) != item


@given(items, st.binary(min_size=1, max_size=3))
def test_bytes_left_over_are_refused(item: Item, more: bytes) -> None:
    with pytest.raises(DecodeError):
        decode(encode(item) + more)


@given(items)
def test_a_cut_item_is_refused(item: Item) -> None:
    data = encode(item)
    for size in range(len(data)):
        with pytest.raises(DecodeError):
            decode(data[:size])


@given(st.lists(items, max_size=60))
def test_split_list_gives_strings_and_the_spans_of_lists(members: list[Item]) -> None:
    payload = b"".join(map(encode, members))
    data = b"x" + list_header(len(payload)) + payload + b"y"
    start = len(data) - 1 - len(payload)
    found = split_list(data, start, len(data) - 1)
    assert len(found) == len(members)
    for member, item in zip(found, members, strict=True):
        if isinstance(member, bytes):
            assert member == item
        else:
            assert _members(data, *member) == item


def _members(data: bytes, start: int, stop: int) -> list[Item]:
    whole = decode(list_header(stop - start) + data[start:stop])
    assert isinstance(whole, list)
    return whole


@given(st.integers(0, (1 << 256) - 1))
def test_integers_have_no_leading_zero(number: int) -> None:
    data = decode(encode(number))
    assert isinstance(data, bytes)
    assert int.from_bytes(data, "big") == number
    assert not data.startswith(b"\x00")


def test_hostile_nesting_is_decoded_without_recursion() -> None:
    # Far deeper than Python's stack: the headers are written from the inside out.
    headers: list[bytes] = []
    size = 1
    for _ in range(5_000):
        headers.append(list_header(size))
        size += len(headers[-1])
    item = decode(b"".join(reversed(headers)) + b"\xc0")
    depth = 0
    while item:
        assert isinstance(item, list)
        item = item[0]
        depth += 1
    assert depth == 5_000


def official(name: str) -> list[Any]:
    try:
        path: Path = find_fixtures() / "ethereum-tests" / "RLPTests" / name
    except FixtureError as error:
        return [pytest.param({}, marks=pytest.mark.skip(reason=f"fixtures absent: {error}"))]
    return [pytest.param(test, id=test_name) for test_name, test in json.loads(path.read_bytes()).items()]


def encodable(value: Any) -> Encodable:
    if isinstance(value, list):
        return [encodable(member) for member in value]
    if isinstance(value, str):
        return int(value[1:]) if value.startswith("#") else value.encode()
    assert isinstance(value, int)
    return value


@pytest.mark.parametrize("test", official("rlptest.json"))
def test_official_valid_encoding(test: dict[str, Any]) -> None:
    data = bytes.fromhex(test["out"].removeprefix("0x"))
    assert encode(encodable(test["in"])) == data
    assert encode(decode(data)) == data


@pytest.mark.parametrize("test", official("invalidRLPTest.json"))
def test_official_invalid_encoding_is_refused(test: dict[str, Any]) -> None:
    with pytest.raises(DecodeError):
        decode(bytes.fromhex(test["out"].removeprefix("0x")))


@pytest.mark.parametrize("test", official("RandomRLPTests/example.json"))
def test_official_random_encoding(test: dict[str, Any]) -> None:
    data = bytes.fromhex(test["out"].removeprefix("0x"))
    if test["in"] == "INVALID":
        with pytest.raises(DecodeError):
            decode(data)
    else:
        assert encode(decode(data)) == data
