"""A diff as the store writes it: one map from plain keys to stored values, b"" being a deletion."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from offchain.errors import StoreError
from offchain.state.diff import Diff
from offchain.state.keys import CODE_TAG, TAG_OFFSET, account_key, code_key, slot_key, stored_int

__all__ = ["changes_of", "diff_of"]

_WORD_LIMIT = 1 << 256


def changes_of(diff: Diff) -> dict[bytes, bytes]:
    """Plain key -> stored value. `StoreError` where an address, key, value or hash is out of its range."""
    changes: dict[bytes, bytes] = {}
    for address, account in diff.accounts.items():
        _check(len(address) == 20 and 0 <= account < _WORD_LIMIT, address)
        changes[account_key(address)] = stored_int(account)
    for (address, key), value in diff.slots.items():
        _check(len(address) == 20 and 0 <= key < _WORD_LIMIT and 0 <= value < _WORD_LIMIT, address)
        changes[slot_key(address, key)] = stored_int(value)
    for address, code_hash in diff.codes.items():
        _check(len(address) == 20 and len(code_hash) in (0, 32), address)
        changes[code_key(address)] = code_hash
    return changes


def diff_of(changes: Mapping[bytes, bytes], code_of: Callable[[bytes], bytes]) -> Diff:
    """The diff of such a map; ``code_of`` gives the code of a code hash."""
    accounts: dict[bytes, int] = {}
    slots: dict[tuple[bytes, int], int] = {}
    codes: dict[bytes, bytes] = {}
    from_bytes = int.from_bytes
    for key, stored in changes.items():
        address = key[:TAG_OFFSET]
        if len(key) > TAG_OFFSET + 1:
            slots[address, from_bytes(key[TAG_OFFSET + 1 :], "big")] = from_bytes(stored, "big")
        elif key[TAG_OFFSET:] == CODE_TAG:
            codes[address] = stored
        else:
            accounts[address] = from_bytes(stored, "big")
    code = {code_hash: code_of(code_hash) for code_hash in codes.values() if code_hash}
    return Diff(accounts, slots, codes, code)


def _check(fits: bool, address: bytes) -> None:
    if not fits:
        raise StoreError(f"the diff has an entry out of its range at address 0x{address.hex()}")
