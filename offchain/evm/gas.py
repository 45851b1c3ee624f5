"""Gas costs and size limits of Osaka, by the names of the yellow paper and the EIPs."""

from __future__ import annotations

from typing import Final

__all__ = [
    "ACCESS_LIST_ADDRESS",
    "ACCESS_LIST_STORAGE_KEY",
    "AUTHORIZATION_BASE",
    "BASE",
    "BLOCK_HASH",
    "CALL_STIPEND",
    "CALL_VALUE",
    "CODE_DEPOSIT",
    "COLD_ACCOUNT",
    "COLD_SLOT",
    "COPY_WORD",
    "CREATE",
    "EXP",
    "EXP_BYTE",
    "HIGH",
    "INITCODE_WORD",
    "JUMPDEST",
    "KECCAK",
    "KECCAK_WORD",
    "LOG",
    "LOG_BYTE",
    "LOG_TOPIC",
    "LOW",
    "MAX_CODE_SIZE",
    "MAX_DEPTH",
    "MAX_INITCODE_SIZE",
    "MAX_MEMORY_SIZE",
    "MAX_STACK_SIZE",
    "MID",
    "NEW_ACCOUNT",
    "REFUND_CLEAR_SLOT",
    "REFUND_QUOTIENT",
    "SELF_DESTRUCT",
    "SLOT_SET",
    "SLOT_UPDATE",
    "VERY_LOW",
    "WARM",
    "WARM_STIPEND_GUARD",
    "words",
]

BASE: Final = 2
VERY_LOW: Final = 3
LOW: Final = 5
MID: Final = 8
HIGH: Final = 10
JUMPDEST: Final = 1
BLOCK_HASH: Final = 20

EXP: Final = 10
EXP_BYTE: Final = 50  # EIP-160
KECCAK: Final = 30
KECCAK_WORD: Final = 6
COPY_WORD: Final = 3
LOG: Final = 375
LOG_TOPIC: Final = 375
LOG_BYTE: Final = 8

WARM: Final = 100  # EIP-2929, from here to COLD_ACCOUNT
COLD_SLOT: Final = 2_100
COLD_ACCOUNT: Final = 2_600
SLOT_SET: Final = 20_000  # EIP-2200
SLOT_UPDATE: Final = 2_900  # EIP-2929: 5,000 less COLD_SLOT
REFUND_CLEAR_SLOT: Final = 4_800  # EIP-3529
REFUND_QUOTIENT: Final = 5  # EIP-3529
WARM_STIPEND_GUARD: Final = 2_300  # EIP-2200: SSTORE needs more gas left than this

CALL_VALUE: Final = 9_000
CALL_STIPEND: Final = 2_300
NEW_ACCOUNT: Final = 25_000
SELF_DESTRUCT: Final = 5_000
CREATE: Final = 32_000
CODE_DEPOSIT: Final = 200
INITCODE_WORD: Final = 2  # EIP-3860

ACCESS_LIST_ADDRESS: Final = 2_400  # EIP-2930
ACCESS_LIST_STORAGE_KEY: Final = 1_900
AUTHORIZATION_BASE: Final = 12_500  # EIP-7702

MAX_CODE_SIZE: Final = 24_576  # EIP-170
MAX_INITCODE_SIZE: Final = 2 * MAX_CODE_SIZE  # EIP-3860
MAX_DEPTH: Final = 1_024
MAX_STACK_SIZE: Final = 1_024
MAX_MEMORY_SIZE: Final = 1 << 22  # the size of one paged-bytes tree; 34M gas, more than EIP-7825 allows


def words(size: int) -> int:
    """Number of 32-byte words that hold ``size`` bytes."""
    return (size + 31) >> 5
