"""The records of the store: its one header, and one record for each batch. All integers are big-endian."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from offchain.errors import StoreError
from offchain.hashing import keccak
from offchain.state.keys import TAG_OFFSET, plain_key_size

__all__ = [
    "FORMAT_VERSION",
    "BatchRecord",
    "StoreHeader",
    "batch_key",
    "decode_changes",
    "encode_changes",
    "genesis_link",
    "hash_changes",
]

FORMAT_VERSION: Final = 1
_MAGIC: Final = b"DELTROLL"
_HEADER: Final = struct.Struct(">8sI32sQQQ32s32sQ5Q")
_CHECKSUM_SIZE: Final = 32
_BATCH: Final = struct.Struct(">32s32sI")
_BATCH_KEY: Final = struct.Struct(">Q")
_GENESIS_TAG: Final = b"deltaroll genesis"


@dataclass(frozen=True, slots=True)
class StoreHeader:
    """What the store says of itself.

    config_hash: identity of the chain, 32 bytes.
    head, lowest, tree_batch: S_head is the state in the tables, S_lowest the oldest that can be read, and
        S_tree_batch the one whose tree is kept, with root tree_root.
    link: hash of the record of the head batch, which holds the link before it.
    rollbacks: how often batches were taken off, so that a reader sees that its views are void.
    entries: number of rows of the tables state, history, batches, codes, tree.
    """

    config_hash: bytes
    head: int
    lowest: int
    tree_batch: int
    tree_root: bytes
    link: bytes
    rollbacks: int
    entries: tuple[int, int, int, int, int]

    def encode(self) -> bytes:
        """The header's record, which ends in a checksum."""
        body = _HEADER.pack(
            _MAGIC,
            FORMAT_VERSION,
            self.config_hash,
            self.head,
            self.lowest,
            self.tree_batch,
            self.tree_root,
            self.link,
            self.rollbacks,
            *self.entries,
        )
        return body + keccak(body)

    @classmethod
    def decode(cls, record: bytes) -> StoreHeader:
        """Reads a header back; raises `StoreError` with the reason alone."""
        if record[:8] != _MAGIC:
            raise StoreError("this is no Deltaroll store")
        version = int.from_bytes(record[8:12], "big")
        if version != FORMAT_VERSION:
            raise StoreError(f"format {version} instead of {FORMAT_VERSION}: another version of Deltaroll")
        if (
            len(record) != _HEADER.size + _CHECKSUM_SIZE
            or keccak(record[: _HEADER.size]) != record[_HEADER.size :]
        ):
            raise StoreError("damaged: the header does not match its checksum")
        _, _, config_hash, head, lowest, tree_batch, tree_root, link, rollbacks, *entries = _HEADER.unpack(
            record[: _HEADER.size]
        )
        state, history, batches, codes, tree = entries
        return cls(
            config_hash=config_hash,
            head=head,
            lowest=lowest,
            tree_batch=tree_batch,
            tree_root=tree_root,
            link=link,
            rollbacks=rollbacks,
            entries=(state, history, batches, codes, tree),
        )


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """What is kept of one batch.

    parent_link: link of the batch before it, 32 bytes.
    overwritten_hash: `hash_changes` of the values that the batch overwrote, which lie in another table.
    extra: the caller's bytes.
    rows: the diff, as `encode_changes` gives it.
    """

    parent_link: bytes
    overwritten_hash: bytes
    extra: bytes
    rows: bytes

    def encode(self) -> bytes:
        """`parent link 32 ‖ overwritten hash 32 ‖ size of extra u32 ‖ extra ‖ rows`."""
        head = _BATCH.pack(self.parent_link, self.overwritten_hash, len(self.extra))
        return head + self.extra + self.rows

    @classmethod
    def decode(cls, record: bytes) -> BatchRecord:
        """Reads a record back; raises `StoreError` with the reason alone."""
        if len(record) < _BATCH.size:
            raise StoreError("damaged: the record of a batch is cut off")
        parent_link, overwritten_hash, size = _BATCH.unpack_from(record)
        end = _BATCH.size + size
        if len(record) < end:
            raise StoreError("damaged: the record of a batch is cut off")
        return cls(parent_link, overwritten_hash, record[_BATCH.size : end], record[end:])

    def link(self) -> bytes:
        """The link of this batch, 32 bytes."""
        return keccak(self.encode())


def batch_key(number: int) -> bytes:
    """Key of a batch, and the end of the key of an overwritten value: u64."""
    return _BATCH_KEY.pack(number)


def genesis_link(config_hash: bytes, rows: bytes) -> bytes:
    """What the first record has for a parent: chain and allocation bound together."""
    return keccak(_GENESIS_TAG + config_hash + rows)


def encode_changes(changes: Mapping[bytes, bytes]) -> bytes:
    """Rows `plain key ‖ size of the value u8 ‖ stored value`, ascending by key."""
    return b"".join([key + _SIZE_BYTE[len(value)] + value for key, value in sorted(changes.items())])


_SIZE_BYTE: Final = [bytes([size]) for size in range(33)]


def hash_changes(changes: Mapping[bytes, bytes]) -> bytes:
    """32 bytes that stand for such a map."""
    return keccak(encode_changes(changes))


def decode_changes(rows: bytes) -> dict[bytes, bytes]:
    """Plain key -> stored value, in the order of the rows; raises `StoreError` with the reason alone."""
    changes: dict[bytes, bytes] = {}
    at, end = 0, len(rows)
    while at < end:
        tag_at = at + TAG_OFFSET
        key_end = at + plain_key_size(rows[tag_at]) if tag_at < end else at
        if key_end == at or key_end >= end:
            raise StoreError("damaged: the rows of a diff are no keys of the state")
        value_end = key_end + 1 + rows[key_end]
        if value_end > end:
            raise StoreError("damaged: the rows of a diff are cut off")
        changes[rows[at:key_end]] = rows[key_end + 1 : value_end]
        at = value_end
    return changes
