"""RLP (Yellow Paper, appendix B), strict: every item has exactly one encoding, and only that is read.

Refused are a single byte below 0x80 behind a header, the long form where the short one fits, a length with
leading zeros, an item past the end of what holds it, and bytes left over.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from offchain.errors import DecodeError

__all__ = ["Encodable", "Item", "Span", "decode", "encode", "list_header", "read_header", "split_list"]

Item: TypeAlias = "bytes | list[Item]"
Encodable: TypeAlias = "bytes | int | Sequence[Encodable]"

#: Where the payload of a list begins and ends.
Span = tuple[int, int]


def encode(item: Encodable) -> bytes:
    """The encoding of a byte string, an unsigned integer (no leading zeros), or a sequence of encodables."""
    if isinstance(item, int):
        item = item.to_bytes((item.bit_length() + 7) // 8, "big")
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80:
            return item
        return _header(0x80, len(item)) + item
    payload = b"".join([encode(member) for member in item])
    return _header(0xC0, len(payload)) + payload


def list_header(size: int) -> bytes:
    """What stands before a list's payload of ``size`` bytes."""
    return _header(0xC0, size)


def decode(data: bytes) -> Item:
    """The one item that ``data`` is the encoding of, at any depth. Raises DecodeError."""
    is_list, start, stop = read_header(data, 0, len(data))
    if stop != len(data):
        raise DecodeError(f"rlp: {len(data) - stop} bytes after the item")
    if not is_list:
        return data[start:stop]
    # Open lists, outermost first, each with its end. A loop: hostile data nests deeper than Python's stack.
    top: list[Item] = []
    open_lists: list[tuple[list[Item], int]] = [(top, stop)]
    at = start
    while open_lists:
        members, end = open_lists[-1]
        if at == end:
            open_lists.pop()
            continue
        is_list, start, stop = read_header(data, at, end)
        if is_list:
            nested: list[Item] = []
            members.append(nested)
            open_lists.append((nested, stop))
            at = start
        else:
            members.append(data[start:stop])
            at = stop
    return top


def split_list(data: bytes, at: int, end: int) -> list[bytes | Span]:
    """The members of a list whose payload is ``data[at:end]``. Raises DecodeError.

    A string comes as bytes, a list as the span of its payload: what lies inside is not looked at.
    """
    members: list[bytes | Span] = []
    while at < end:
        first = data[at]
        if first < 0x80:
            members.append(data[at : at + 1])
            at += 1
        elif first <= 0xB7:
            start = at + 1
            at = start + first - 0x80
            if at > end or (first == 0x81 and data[start] < 0x80):
                raise DecodeError("rlp: a string past its end, or a single byte with a header")
            members.append(data[start:at])
        else:
            is_list, start, at = read_header(data, at, end)
            members.append((start, at) if is_list else data[start:at])
    return members


def read_header(data: bytes, at: int, end: int) -> tuple[bool, int, int]:
    """(is a list, start of the payload, end of the payload) of the item at ``at`` inside ``data[:end]``.

    Raises DecodeError where that is no item in canonical form.
    """
    if at >= end:
        raise DecodeError("rlp: no bytes where an item should be")
    first = data[at]
    if first < 0x80:
        return False, at, at + 1
    is_list = first >= 0xC0
    size = first - (0xC0 if is_list else 0x80)
    start = at + 1
    if size > 55:
        size_of_size = size - 55
        if start + size_of_size > end:
            raise DecodeError("rlp: a length past the end")
        if data[start] == 0:
            raise DecodeError("rlp: a length with leading zeros")
        size = int.from_bytes(data[start : start + size_of_size], "big")
        if size <= 55:
            raise DecodeError("rlp: the long form for a short item")
        start += size_of_size
    stop = start + size
    if stop > end:
        raise DecodeError("rlp: an item past the end")
    if first == 0x81 and data[start] < 0x80:
        raise DecodeError("rlp: a single byte with a header")
    return is_list, start, stop


def _header(offset: int, size: int) -> bytes:
    if size <= 55:
        return bytes([offset + size])
    size_bytes = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([offset + 55 + len(size_bytes)]) + size_bytes
