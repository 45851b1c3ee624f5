"""Readers of the fields of a transaction, each checking form and width. They raise InvalidTransaction."""

from __future__ import annotations

from offchain.errors import DecodeError
from offchain.evm.exceptions import InvalidTransaction
from offchain.evm.reason import Reason
from offchain.evm.rlp import Span, split_list

__all__ = ["AccessList", "read_access_list", "read_bytes", "read_integer", "read_members", "read_recipient"]

#: (address of 20 bytes, storage keys) in the order of the transaction, doubles included (EIP-2930).
AccessList = tuple[tuple[bytes, tuple[int, ...]], ...]


def read_integer(member: bytes | Span, width: int, name: str) -> int:
    """An unsigned integer of at most ``width`` bytes."""
    if type(member) is not bytes:
        raise InvalidTransaction(Reason.FIELD_KIND, f"{name} is a list")
    if len(member) > width:
        raise InvalidTransaction(Reason.FIELD_WIDTH, f"{name} has {len(member)} bytes, not up to {width}")
    if member and member[0] == 0:
        raise InvalidTransaction(Reason.LEADING_ZERO, name)
    return int.from_bytes(member, "big")


def read_bytes(member: bytes | Span, name: str) -> bytes:
    """A string of any size."""
    if type(member) is not bytes:
        raise InvalidTransaction(Reason.FIELD_KIND, f"{name} is a list")
    return member


def read_recipient(member: bytes | Span) -> bytes | None:
    """An address, or None for a create."""
    if type(member) is not bytes:
        raise InvalidTransaction(Reason.FIELD_KIND, "to is a list")
    if len(member) == 20:
        return member
    if member:
        raise InvalidTransaction(Reason.FIELD_WIDTH, f"to has {len(member)} bytes, not 0 or 20")
    return None


def read_members(raw: bytes, member: bytes | Span, name: str) -> list[bytes | Span]:
    """The members of a list inside ``raw``."""
    if type(member) is bytes:
        raise InvalidTransaction(Reason.FIELD_KIND, f"{name} is no list")
    try:
        return split_list(raw, int(member[0]), int(member[1]))
    except DecodeError as error:
        raise InvalidTransaction(Reason.MALFORMED_RLP, f"{name}: {error}") from error


def read_access_list(raw: bytes, member: bytes | Span) -> AccessList:
    """Entries of address and storage keys (EIP-2930)."""
    entries = []
    for entry in read_members(raw, member, "access list"):
        fields = read_members(raw, entry, "access list entry")
        if len(fields) != 2:
            raise InvalidTransaction(Reason.ACCESS_LIST_SHAPE, f"an entry of {len(fields)} fields, not 2")
        address = read_bytes(fields[0], "access list address")
        if len(address) != 20:
            raise InvalidTransaction(Reason.ACCESS_LIST_SHAPE, f"an address of {len(address)} bytes, not 20")
        keys = []
        for key in read_members(raw, fields[1], "access list keys"):
            if type(key) is not bytes or len(key) != 32:
                raise InvalidTransaction(Reason.ACCESS_LIST_SHAPE, "a key that has not 32 bytes")
            keys.append(int.from_bytes(key, "big"))
        entries.append((address, tuple(keys)))
    return tuple(entries)
