"""How the nodes of the state tree lie in the store: one record for each subtree of four levels.

A record stands at a depth that is a multiple of four, under the path to it, for every subtree that holds two
leaves or more (and at the top for one leaf). It keeps its up to 16 subtrees four levels below: a leaf with
key and value, or the hash of a subtree that has a record of its own. The levels between are computed again
when a record is read: at most 14 hashes instead of 14 stored ones. The records are a function of the map.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

from offchain.errors import StoreError
from offchain.trees.sparse_merkle_nodes import Branch, Leaf, Stub, Subtree, hash_of

__all__ = [
    "LEVELS",
    "ROOT_RECORD",
    "decode_record",
    "encode_record",
    "fold_children",
    "record_key",
    "split_children",
]

LEVELS: Final = 4
ROOT_RECORD: Final = b"\x00"
_BITMAPS: Final = struct.Struct(">HH")
_KEY_BITS: Final = 256


def record_key(depth: int, path: int) -> bytes:
    """`depth / 4 as u8 ‖ the top depth bits of path, padded with zeros to whole bytes`."""
    size = (depth + 7) >> 3
    top = path >> (_KEY_BITS - depth) << (8 * size - depth)
    return bytes([depth >> 2]) + top.to_bytes(size, "big")


def encode_record(children: Sequence[Subtree]) -> bytes:
    """`present u16 ‖ leaves u16 ‖ children`, bit 15 being child 0.

    A leaf is `key 32 ‖ size of the value u8 ‖ value without leading zeros`, any other subtree its hash.
    """
    present = leaves = 0
    parts = [b""]
    for index, child in enumerate(children):
        if child is None:
            continue
        bit = 0x8000 >> index
        present |= bit
        if isinstance(child, Leaf):
            leaves |= bit
            value = child.value.lstrip(b"\x00")
            parts.append(child.path.to_bytes(32, "big") + bytes([len(value)]) + value)
        else:
            parts.append(hash_of(child))
    parts[0] = _BITMAPS.pack(present, leaves)
    return b"".join(parts)


def decode_record(record: bytes) -> list[Subtree]:
    """The 16 subtrees of a record; raises `StoreError` with the reason alone."""
    if len(record) < _BITMAPS.size:
        raise StoreError("damaged: a record of the state tree is cut off")
    present, leaves = _BITMAPS.unpack_from(record)
    children: list[Subtree] = [None] * 16
    at, end = _BITMAPS.size, len(record)
    for index in range(16):
        bit = 0x8000 >> index
        if not present & bit:
            continue
        if leaves & bit:
            value_at = at + 33
            next_at = value_at + record[at + 32] if value_at <= end else end + 1
            if next_at <= end:
                path = int.from_bytes(record[at : at + 32], "big")
                children[index] = Leaf(path, record[value_at:next_at].rjust(32, b"\x00"))
        else:
            next_at = at + 32
            if next_at <= end:
                children[index] = Stub(record[at:next_at])
        at = next_at
    if at != end or leaves & ~present:
        raise StoreError("damaged: a record of the state tree is malformed")
    return children


def fold_children(children: list[Subtree]) -> Subtree:
    """The subtree above 16 children; a lone leaf comes out as itself."""
    level = children
    while len(level) > 1:
        level = [_join(level[at], level[at + 1]) for at in range(0, len(level), 2)]
    return level[0]


def _join(left: Subtree, right: Subtree) -> Subtree:
    if left is None and (right is None or isinstance(right, Leaf)):
        return right
    if right is None and isinstance(left, Leaf):
        return left
    return Branch(left, right)


def split_children(top: Subtree, depth: int) -> list[Subtree]:
    """The 16 subtrees four levels below a subtree at ``depth`` that has no stubs in between."""
    level: list[Subtree] = [top]
    for at in range(depth, depth + LEVELS):
        below: list[Subtree] = []
        for node in level:
            if node is None:
                below += (None, None)
            elif isinstance(node, Leaf):
                below += (None, node) if node.path >> (_KEY_BITS - 1 - at) & 1 else (node, None)
            else:
                assert isinstance(node, Branch), "stubs stand between records only"
                below += (node.left, node.right)
        level = below
    return level
