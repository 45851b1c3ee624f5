"""What a node keeps beside each batch in its store: which order it was, where on L1, and what it did."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from offchain.errors import StoreError

__all__ = ["BatchNote"]

_VERSION: Final = 1
_NOTE: Final = struct.Struct(">B32s32sQ32sQQII")


@dataclass(frozen=True, slots=True)
class BatchNote:
    """order_hash, diff_root (h(D_n)) and block_hash have 32 bytes; ``l1_block`` is where the order stands.

    timestamp: the order's. gas_used, items, skipped: what the batch held. The note of batch 0 has the
    genesis hash for its order and a zero diff root.
    """

    order_hash: bytes
    diff_root: bytes
    l1_block: int
    l1_block_hash: bytes
    timestamp: int
    gas_used: int
    items: int
    skipped: int

    def encode(self) -> bytes:
        """The fields in their order behind a version byte: hashes 32 bytes, three u64, at the end two u32."""
        return _NOTE.pack(
            _VERSION,
            self.order_hash,
            self.diff_root,
            self.l1_block,
            self.l1_block_hash,
            self.timestamp,
            self.gas_used,
            self.items,
            self.skipped,
        )

    @classmethod
    def decode(cls, data: bytes) -> BatchNote:
        """Reads a note back; `StoreError` where the store was not written by a node."""
        if len(data) != _NOTE.size or data[0] != _VERSION:
            raise StoreError("the store was not written by a node of this version: make it anew")
        return cls(*_NOTE.unpack(data)[1:])
