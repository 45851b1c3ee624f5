"""Keys and values of the state (protocol, section 1), in their plain and in their hashed form.

The plain key of an entry is the preimage of its hashed key, so that the flat store is read without hashing
and the trees get their keys by one hash:

    account(a) = H(a ‖ 0x00)        code(a) = H(a ‖ 0x01)        slot(a, k) = H(a ‖ 0x02 ‖ k)

Stored values are bytes without leading zeros, b"" being zero, which is the same as absent: the packed
account, the slot's value, and for a code entry the 32-byte code hash. Only in the trees is a code entry's
value `H(codeHash ‖ codeRoot)`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from offchain.errors import StoreError
from offchain.hashing import keccak

__all__ = [
    "ACCOUNT_TAG",
    "CODE_TAG",
    "SLOT_TAG",
    "TAG_OFFSET",
    "account_key",
    "account_leaf",
    "check_plain_key",
    "code_key",
    "code_leaf",
    "code_value",
    "leaf_value",
    "plain_key_size",
    "slot_key",
    "slot_leaf",
    "stored_int",
]

ACCOUNT_TAG: Final = b"\x00"
CODE_TAG: Final = b"\x01"
SLOT_TAG: Final = b"\x02"
TAG_OFFSET: Final = 20
_SIZES: Final = {0: 21, 1: 21, 2: 53}


def account_key(address: bytes) -> bytes:
    """Plain key of an account, 21 bytes."""
    return address + ACCOUNT_TAG


def code_key(address: bytes) -> bytes:
    """Plain key of an account's code, 21 bytes."""
    return address + CODE_TAG


def slot_key(address: bytes, key: int) -> bytes:
    """Plain key of a storage slot, 53 bytes; ``key`` is below 2**256."""
    return address + SLOT_TAG + key.to_bytes(32, "big")


def account_leaf(address: bytes) -> bytes:
    """Hashed key of an account, 32 bytes."""
    return keccak(address + ACCOUNT_TAG)


def code_leaf(address: bytes) -> bytes:
    """Hashed key of an account's code, 32 bytes."""
    return keccak(address + CODE_TAG)


def slot_leaf(address: bytes, key: int) -> bytes:
    """Hashed key of a storage slot, 32 bytes."""
    return keccak(address + SLOT_TAG + key.to_bytes(32, "big"))


def code_value(code_hash: bytes, root: bytes) -> bytes:
    """Value of a code entry in the trees: hash and page root of the code bound together, 32 bytes."""
    return keccak(code_hash + root)


def stored_int(value: int) -> bytes:
    """A number below 2**256 as the store keeps it: big-endian without leading zeros."""
    return value.to_bytes((value.bit_length() + 7) >> 3, "big")


def leaf_value(plain_key: bytes, stored: bytes, code_root_of: Callable[[bytes], bytes]) -> bytes | None:
    """The 32-byte value that h(S) holds for a stored value, None for zero, which has no leaf there.

    ``code_root_of`` gives the page root of the code with a hash.
    """
    if not stored:
        return None
    if plain_key[TAG_OFFSET] == 1:
        return code_value(stored, code_root_of(stored))
    return stored.rjust(32, b"\x00")


def plain_key_size(tag: int) -> int:
    """Size of the plain keys with this tag, 0 where there is no such tag."""
    return _SIZES.get(tag, 0)


def check_plain_key(key: bytes) -> None:
    """Refuses bytes that are no plain key (`StoreError`)."""
    if len(key) <= TAG_OFFSET or len(key) != plain_key_size(key[TAG_OFFSET]):
        raise StoreError(f"0x{key.hex()} is no key of the state")
