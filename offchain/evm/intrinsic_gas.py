"""What a transaction costs before its first instruction, and the least that it costs in the end."""

from __future__ import annotations

from typing import Final

from offchain.evm.gas import (
    ACCESS_LIST_ADDRESS,
    ACCESS_LIST_STORAGE_KEY,
    CREATE,
    INITCODE_WORD,
    NEW_ACCOUNT,
    words,
)

__all__ = ["MAX_TRANSACTION_GAS", "TRANSACTION", "floor_gas", "intrinsic_gas"]

TRANSACTION: Final = 21_000
TOKEN: Final = 4  # EIP-7623: a zero byte is one token, any other four
FLOOR_TOKEN: Final = 10
MAX_TRANSACTION_GAS: Final = 1 << 24  # EIP-7825


def floor_gas(data: bytes) -> int:
    """EIP-7623: a transaction is never charged less than this."""
    return TRANSACTION + FLOOR_TOKEN * _tokens(data)


def intrinsic_gas(data: bytes, is_create: bool, addresses: int, keys: int, authorizations: int) -> int:
    """Paid before execution, for data, create (EIP-3860), access list (EIP-2930) and tuples (EIP-7702)."""
    gas = TRANSACTION + TOKEN * _tokens(data)
    if is_create:
        gas += CREATE + INITCODE_WORD * words(len(data))
    return (
        gas + ACCESS_LIST_ADDRESS * addresses + ACCESS_LIST_STORAGE_KEY * keys + NEW_ACCOUNT * authorizations
    )


def _tokens(data: bytes) -> int:
    return 4 * len(data) - 3 * data.count(0)
