"""The account value: one 256-bit word, `codeSize u32 | nonce u64 | balance u160` from the highest bit down.

An account is handled as that packed integer everywhere off chain, so that a transfer is two additions. Zero is
the absent account: an account with nonce 0, balance 0 and no code has no leaf.

Invariant: the sum of all balances stays below 2**160 (genesis asserts it; nothing mints later), so a balance
can't carry into the nonce.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "BALANCE_LIMIT",
    "BALANCE_MASK",
    "CODE_SIZE_SHIFT",
    "MAX_NONCE",
    "NONCE_MASK",
    "NONCE_ONE",
    "NONCE_SHIFT",
    "balance_of",
    "code_size_of",
    "nonce_of",
    "pack_account",
]

NONCE_SHIFT: Final = 160
CODE_SIZE_SHIFT: Final = 224
BALANCE_LIMIT: Final = 1 << 160
BALANCE_MASK: Final = BALANCE_LIMIT - 1
NONCE_MASK: Final = (1 << 64) - 1
NONCE_ONE: Final = 1 << NONCE_SHIFT
MAX_NONCE: Final = NONCE_MASK


def pack_account(nonce: int, balance: int, code_size: int) -> int:
    """The word of an account; the caller keeps each field within its width."""
    return code_size << CODE_SIZE_SHIFT | nonce << NONCE_SHIFT | balance


def balance_of(account: int) -> int:
    """Balance in wei."""
    return account & BALANCE_MASK


def nonce_of(account: int) -> int:
    """Number of transactions sent, or of contracts created by a contract."""
    return account >> NONCE_SHIFT & NONCE_MASK


def code_size_of(account: int) -> int:
    """Size of the code in bytes; 23 for an EIP-7702 delegation."""
    return account >> CODE_SIZE_SHIFT
