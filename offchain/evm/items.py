"""How an order's bytes `T_n` fall into items: a version byte, then `u32 length | EIP-2718 bytes` for each.

The framing can't fail: whatever is no well-framed item ends the batch.
"""

from __future__ import annotations

from typing import Final

__all__ = ["FIRST_ITEM", "LENGTH_BYTES", "MAX_ITEMS", "MAX_ITEM_SIZE", "VERSION", "next_item"]

VERSION: Final = 0
FIRST_ITEM: Final = 1  # behind the version byte
LENGTH_BYTES: Final = 4
MAX_ITEMS: Final = 4_094  # with the begin and the closing unit, 2**12
MAX_ITEM_SIZE: Final = 98_304  # a longer item is skipped: decoding is one step


def next_item(data: bytes, cursor: int) -> tuple[int, int] | None:
    """Start and size of the item at ``cursor``, or None where the batch ends."""
    start = cursor + LENGTH_BYTES
    size = int.from_bytes(data[cursor:start])
    if start > len(data) or not size or start + size > len(data):
        return None
    return start, size
