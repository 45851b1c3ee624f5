"""Why a case is not run or not counted: only what Deltaroll declares impossible, each with its one reason.

docs/differences.md says why these can't happen on a Deltaroll chain.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from offchain.conformance.case import StateCase
from offchain.conformance.outcome import Outcome
from offchain.evm.account import BALANCE_LIMIT

__all__ = [
    "BLOB_TRANSACTION",
    "ITEM_TOO_LARGE",
    "LARGE_BALANCE",
    "PRECOMPILE_LIMIT",
    "STORAGE_WITHOUT_CODE",
    "has_storage_without_code",
    "reason_before_running",
    "reason_from_notes",
    "reason_from_oracle",
]

BLOB_TRANSACTION: Final = "blob transaction"
LARGE_BALANCE: Final = "balance of 2^160 or more"
STORAGE_WITHOUT_CODE: Final = "storage without code or nonce (EIP-7610)"
ITEM_TOO_LARGE: Final = "item over 98,304 bytes"
PRECOMPILE_LIMIT: Final = "precompile above Deltaroll's limit"

MAX_ITEM_SIZE: Final = 98_304


def reason_before_running(case: StateCase) -> str | None:
    """The reason that the case itself shows, None if it is to be run."""
    if case.raw[:1] == b"\x03":
        return BLOB_TRANSACTION
    if len(case.raw) > MAX_ITEM_SIZE:
        return ITEM_TOO_LARGE
    # The invariant is about the sum; a single account is only the common way to break it.
    if sum(account.balance for account in case.pre.values()) >= BALANCE_LIMIT:
        return LARGE_BALANCE
    return None


def has_storage_without_code(case: StateCase) -> bool:
    """Whether the state before holds an account that EIP-7610 is about; it matters if a creation hits it."""
    return any(account.storage and not account.code and not account.nonce for account in case.pre.values())


def reason_from_oracle(case: StateCase, agreed: bool, oracle: Callable[[StateCase], Outcome]) -> str | None:
    """The reason that only execution shows, told by an oracle; None if there is none.

    The oracle is asked where the case disagrees, and where a creation might hit an EIP-7610 account: such a
    case is not counted as passed, whatever came out.
    """
    if agreed and not has_storage_without_code(case):
        return None
    return reason_from_notes(oracle(case).notes, agreed)


def reason_from_notes(notes: tuple[str, ...], agreed: bool) -> str | None:
    """The reason that an oracle's notes give, for a case on which it and we agreed or not."""
    if STORAGE_WITHOUT_CODE in notes:
        return STORAGE_WITHOUT_CODE
    return None if agreed or not notes else notes[0]
