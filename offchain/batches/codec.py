"""Writing and reading an order's bytes `T_n`.

Reading can't fail (see `offchain.evm.items`); writing is strict: what would not be read back is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from offchain.errors import InputError
from offchain.evm.items import FIRST_ITEM, LENGTH_BYTES, MAX_ITEMS, VERSION, next_item

__all__ = ["MAX_ORDER_SIZE", "decode_items", "encode_order"]

MAX_ORDER_SIZE: Final = 1 << 20  # bytes; RollupManager refuses more


def encode_order(items: Sequence[bytes]) -> bytes:
    """The bytes of an order that holds ``items``, each the EIP-2718 bytes of a transaction.

    Raises `InputError` where there are too many, one is empty, or the order is larger than L1 takes.
    """
    if len(items) > MAX_ITEMS:
        raise InputError(f"an order holds at most {MAX_ITEMS} items, not {len(items)}")
    parts = [bytes([VERSION])]
    for index, item in enumerate(items):
        if not item:
            raise InputError(f"item {index} is empty: length 0 would end the batch")
        parts += (len(item).to_bytes(LENGTH_BYTES), item)
    data = b"".join(parts)
    if len(data) > MAX_ORDER_SIZE:
        raise InputError(f"an order has at most {MAX_ORDER_SIZE:,} bytes, not {len(data):,}")
    return data


def decode_items(data: bytes) -> Iterable[bytes]:
    """The items of an order, as the machine reads them; ends where the batch ends."""
    cursor = FIRST_ITEM
    for _ in range(MAX_ITEMS):
        found = next_item(data, cursor)
        if found is None:
            return
        start, size = found
        cursor = start + size
        yield data[start:cursor]
