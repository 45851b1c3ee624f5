"""Where a batch finds the order hashes of those before it: the storage of the EIP-2935 account."""

from __future__ import annotations

from typing import Final

__all__ = ["BLOCK_HASH_WINDOW", "HISTORY_ADDRESS", "HISTORY_CODE", "history_slot"]

HISTORY_ADDRESS: Final = bytes.fromhex("0000F90827F1C53a10cb7A02335B175320002935")
HISTORY_WINDOW: Final = 8_191
BLOCK_HASH_WINDOW: Final = 256  # how far back BLOCKHASH sees

# Runtime code, as EIP-2935 gives it.
HISTORY_CODE: Final = bytes.fromhex(
    "3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff"
    "81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500"
)


def history_slot(number: int) -> tuple[bytes, int]:
    """The slot that holds the hash of order ``number``, until order ``number + 8191`` takes it."""
    return HISTORY_ADDRESS, number % HISTORY_WINDOW
