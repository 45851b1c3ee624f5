"""Hashes of the compact sparse Merkle tree, and the root of a whole map at once.

Keccak-256, path from the most significant bit of the key, `leaf = H(0x00 ‖ key ‖ value)`,
`node = H(0x01 ‖ left ‖ right)`, empty = 32 zero bytes, and a subtree with exactly one leaf *is* that leaf.
A node stands at every depth that two or more leaves share, also where one of its sides is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sha3 import keccak_256

__all__ = [
    "EMPTY_ROOT",
    "KEY_BITS",
    "LEAF_TAG",
    "NODE_TAG",
    "leaf_hash",
    "node_hash",
    "root_of",
    "root_of_sorted",
]

EMPTY_ROOT: Final = bytes(32)
KEY_BITS: Final = 256
LEAF_TAG: Final = b"\x00"
NODE_TAG: Final = b"\x01"


def leaf_hash(key: bytes, value: bytes) -> bytes:
    """Hash of a leaf; ``key`` and ``value`` are 32 bytes each."""
    digest: bytes = keccak_256(b"\x00" + key + value).digest()
    return digest


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node from its two 32-byte children; the caller never passes two empty ones."""
    digest: bytes = keccak_256(b"\x01" + left + right).digest()
    return digest


def root_of(leaves: Mapping[bytes, bytes]) -> bytes:
    """Root of the tree of ``leaves`` (32-byte keys and values; a zero value is a leaf like any other)."""
    return root_of_sorted(sorted(leaves.items()))


def root_of_sorted(items: list[tuple[bytes, bytes]], depth: int = 0) -> bytes:
    """Root of the subtree at ``depth`` that holds ``items``.

    ``items`` are (key, value), strictly ascending by key, and all keys share their first ``depth`` bits.

    One pass: between neighbouring keys lies the branch at the depth of their common prefix, so a stack of the
    left sides that still wait for their right side is enough.
    """
    if not items:
        return EMPTY_ROOT
    from_bytes = int.from_bytes
    waiting: list[tuple[int, bytes]] = []
    last = len(items) - 1
    next_path = from_bytes(items[0][0], "big")
    for index, (key, value) in enumerate(items):
        path = next_path
        if index < last:
            next_path = from_bytes(items[index + 1][0], "big")
            branch = KEY_BITS - (path ^ next_path).bit_length()
        else:
            branch = depth - 1
        subtree: bytes = keccak_256(b"\x00" + key + value).digest()
        top = KEY_BITS  # depth of `subtree` if it is a node; a lone leaf floats and needs no lifting
        is_leaf = True
        while waiting and waiting[-1][0] > branch:
            at, left = waiting.pop()
            if not is_leaf and top > at + 1:
                subtree = _lift(subtree, path, top, at + 1)
            subtree = keccak_256(b"\x01" + left + subtree).digest()
            top = at
            is_leaf = False
        if not is_leaf and top > branch + 1:
            subtree = _lift(subtree, path, top, branch + 1)
        waiting.append((branch, subtree))
    return waiting[0][1]


def _lift(subtree: bytes, path: int, depth: int, to_depth: int) -> bytes:
    """Hash at ``to_depth`` above the node ``subtree`` at ``depth``, all siblings in between being empty."""
    for level in range(depth - 1, to_depth - 1, -1):
        if path >> (KEY_BITS - 1 - level) & 1:
            subtree = keccak_256(b"\x01" + EMPTY_ROOT + subtree).digest()
        else:
            subtree = keccak_256(b"\x01" + subtree + EMPTY_ROOT).digest()
    return subtree
