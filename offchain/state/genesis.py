"""The first state S_0: accounts as a person writes them, checked and brought into the form of a diff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from offchain.errors import InputError
from offchain.evm.account import BALANCE_LIMIT, MAX_NONCE, pack_account
from offchain.evm.history import HISTORY_ADDRESS, HISTORY_CODE
from offchain.evm.precompiles import PRECOMPILES
from offchain.hashing import keccak
from offchain.state.diff import Diff

__all__ = ["GenesisAccount", "allocation"]

_WORD_LIMIT = 1 << 256
_CODE_LIMIT = 24_576  # EIP-170


@dataclass(frozen=True, slots=True)
class GenesisAccount:
    """One account of the first state: balance in wei, nonce, code, and storage (key -> value)."""

    balance: int = 0
    nonce: int = 0
    code: bytes = b""
    storage: Mapping[int, int] = field(default_factory=dict)


def allocation(accounts: Mapping[bytes, GenesisAccount]) -> Diff:
    """The first state as a diff from the empty one; the account of EIP-2935 is added where it is not named.

    Raises `InputError` where an invariant of the state fails: the sum of all balances below 2**160, no
    storage without code or nonce, no code at a precompile's address, the code of EIP-2935 at its address.
    Zero values of storage and empty accounts have no entry.
    """
    named = {HISTORY_ADDRESS: GenesisAccount(nonce=1, code=HISTORY_CODE), **accounts}
    if named[HISTORY_ADDRESS].code != HISTORY_CODE:
        raise InputError(f"genesis: 0x{HISTORY_ADDRESS.hex()} must have the code of EIP-2935")
    words: dict[bytes, int] = {}
    slots: dict[tuple[bytes, int], int] = {}
    codes: dict[bytes, bytes] = {}
    code: dict[bytes, bytes] = {}
    for address, account in named.items():
        reason = _fault(address, account)
        if reason:
            raise InputError(f"genesis: account 0x{address.hex()}: {reason}")
        word = pack_account(account.nonce, account.balance, len(account.code))
        if word:
            words[address] = word
        if account.code:
            code_hash = codes[address] = keccak(account.code)
            code[code_hash] = account.code
        slots.update({(address, key): value for key, value in account.storage.items() if value})
    if sum(account.balance for account in named.values()) >= BALANCE_LIMIT:
        raise InputError("genesis: the balances add up to 2^160 wei or more")
    return Diff(words, slots, codes, code)


def _fault(address: bytes, account: GenesisAccount) -> str:
    """What is wrong with an account, "" if nothing."""
    if len(address) != 20:
        return f"an address has 20 bytes, this one has {len(address)}"
    if not 0 <= account.balance < BALANCE_LIMIT:
        return f"balance {account.balance} is not below 2^160"
    if not 0 <= account.nonce < MAX_NONCE:
        return f"nonce {account.nonce} is not below 2^64 - 1"
    if len(account.code) > _CODE_LIMIT:
        return f"code of {len(account.code)} bytes, more than {_CODE_LIMIT}"
    if account.code and address in PRECOMPILES:
        return "a precompile has no code"
    if not all(0 <= key < _WORD_LIMIT and 0 <= value < _WORD_LIMIT for key, value in account.storage.items()):
        return "a storage key or value is not below 2^256"
    if any(account.storage.values()) and not account.code and not account.nonce:
        return "storage without code or nonce"
    return ""
