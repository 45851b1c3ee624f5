"""The state as a batch sees it: an overlay on the immutable state before the batch.

Reads go to the overlay, else to the pre-state; writes go to the overlay alone. `diff` leaves out every entry
whose value is the one before the batch, so that the diff is canonical at every step.

Invariant: a key that was ever written has been read before (`pre_*` holds its value before the batch), because
every write goes with the old value into the journal.
"""

from __future__ import annotations

from offchain.evm.account import BALANCE_MASK, CODE_SIZE_SHIFT, NONCE_MASK, NONCE_ONE, NONCE_SHIFT
from offchain.evm.code import EMPTY_CODE, Code, CodeCache
from offchain.evm.context import PreState
from offchain.evm.journal import JournalEntry
from offchain.hashing import EMPTY_CODE_HASH, keccak

__all__ = ["Overlay"]

_WITHOUT_CODE_SIZE = (1 << CODE_SIZE_SHIFT) - 1


class Overlay:
    """Accounts, slots and code as of now, over ``pre``. Not for use by two batches at once."""

    __slots__ = (
        "accounts",
        "code_hashes",
        "codes",
        "journal",
        "new_code",
        "pre",
        "pre_accounts",
        "pre_code_hashes",
        "pre_slots",
        "slots",
    )

    def __init__(self, pre: PreState, codes: CodeCache, journal: list[JournalEntry]) -> None:
        self.pre = pre
        self.codes = codes
        self.journal = journal
        self.accounts: dict[bytes, int] = {}
        self.pre_accounts: dict[bytes, int] = {}
        self.slots: dict[tuple[bytes, int], int] = {}
        self.pre_slots: dict[tuple[bytes, int], int] = {}
        self.code_hashes: dict[bytes, bytes] = {}
        self.pre_code_hashes: dict[bytes, bytes] = {}
        self.new_code: dict[bytes, bytes] = {}

    # Accounts

    def account(self, address: bytes) -> int:
        """The packed account, 0 if absent."""
        account = self.accounts.get(address)
        if account is None:
            account = self.pre_accounts[address] = self.accounts[address] = self.pre.account(address)
        return account

    def balance(self, address: bytes) -> int:
        """Balance in wei."""
        return self.account(address) & BALANCE_MASK

    def nonce(self, address: bytes) -> int:
        """Nonce of the account."""
        return self.account(address) >> NONCE_SHIFT & NONCE_MASK

    def set_account(self, address: bytes, account: int) -> None:
        """Write a packed account; 0 removes it."""
        old = self.account(address)
        self.journal.append((self.accounts, address, old))
        self.accounts[address] = account

    def increment_nonce(self, address: bytes) -> None:
        """The caller has made sure that the nonce is below 2**64 - 1."""
        self.set_account(address, self.account(address) + NONCE_ONE)

    def transfer(self, sender: bytes, recipient: bytes, value: int) -> None:
        """Move ``value`` wei; the caller has made sure that ``sender`` owns it."""
        if value:
            self.set_account(sender, self.account(sender) - value)
            self.set_account(recipient, self.account(recipient) + value)

    # Storage

    def slot(self, slot: tuple[bytes, int]) -> int:
        """The value at ``(address, key)``, 0 if absent."""
        value = self.slots.get(slot)
        if value is None:
            value = self.pre_slots[slot] = self.slots[slot] = self.pre.slot(*slot)
        return value

    def set_slot(self, slot: tuple[bytes, int], value: int) -> None:
        """Write the value at ``(address, key)``; 0 removes it."""
        old = self.slot(slot)
        self.journal.append((self.slots, slot, old))
        self.slots[slot] = value

    # Code

    def code_hash(self, address: bytes) -> bytes:
        """keccak256 of the account's code; b"" for an account without code, present or absent."""
        code_hash = self.code_hashes.get(address)
        if code_hash is None:
            self.account(address)
            has_code = self.pre_accounts[address] >> CODE_SIZE_SHIFT
            code_hash = self.pre.code_hash(address) if has_code else b""
            self.pre_code_hashes[address] = self.code_hashes[address] = code_hash
        return code_hash

    def code(self, address: bytes) -> Code:
        """The account's code."""
        if not self.account(address) >> CODE_SIZE_SHIFT:
            return EMPTY_CODE
        code_hash = self.code_hash(address)
        code = self.codes.find(code_hash)
        if code is None:
            raw = self.new_code.get(code_hash)
            code = self.codes.add(self.pre.code(code_hash) if raw is None else raw, code_hash)
        return code

    def delegate_of(self, code: Code) -> bytes | None:
        """The address that ``code`` delegates to (EIP-7702), None for other code."""
        return code.delegate

    def set_code(self, address: bytes, raw: bytes) -> None:
        """Write the account's code and its size; b"" removes it."""
        old = self.code_hash(address)
        self.journal.append((self.code_hashes, address, old))
        if raw:
            code_hash = keccak(raw)
            self.codes.add(raw, code_hash)
            self.new_code[code_hash] = raw
            self.code_hashes[address] = code_hash
        else:
            self.code_hashes[address] = b""
        self.set_code_size(address, len(raw))

    def set_code_size(self, address: bytes, size: int) -> None:
        """Write the size of the account's code."""
        self.set_account(address, self.account(address) & _WITHOUT_CODE_SIZE | size << CODE_SIZE_SHIFT)

    def code_hash_as_seen(self, address: bytes) -> int:
        """What EXTCODEHASH pushes: 0 for an absent account (EIP-1052)."""
        account = self.account(address)
        if not account:
            return 0
        return int.from_bytes(self.code_hash(address) if account >> CODE_SIZE_SHIFT else EMPTY_CODE_HASH)

    # The diff

    def diff(
        self,
    ) -> tuple[dict[bytes, int], dict[tuple[bytes, int], int], dict[bytes, bytes], dict[bytes, bytes]]:
        """What the batch has changed so far, net: the four maps of `offchain.state.diff.Diff`."""
        pre_accounts, pre_slots, pre_code_hashes = self.pre_accounts, self.pre_slots, self.pre_code_hashes
        codes = {a: h for a, h in self.code_hashes.items() if h != pre_code_hashes[a]}
        return (
            {a: v for a, v in self.accounts.items() if v != pre_accounts[a]},
            {s: v for s, v in self.slots.items() if v != pre_slots[s]},
            codes,
            {h: self.new_code[h] for h in codes.values() if h},
        )
