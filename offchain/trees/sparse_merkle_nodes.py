"""Immutable nodes of the sparse Merkle tree, and the one algorithm that changes them: merging sorted changes.

A subtree is None (empty), a `Leaf`, a `Branch`, or a `Stub`, a subtree known by its hash only. Nodes never
change once made, so a changed tree shares what it did not touch with the tree before it and an old root stays
usable; the one thing a node gains later is its cached hash.

A tree kept in a store puts stubs where it has not read yet and passes a ``resolve`` function; after a merge
the nodes to write are exactly those reachable from the new top without crossing a `Stub` or a node whose hash
was already known (`is_hashed`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from sha3 import keccak_256

from offchain.errors import ProofError
from offchain.trees.sparse_merkle_hash import EMPTY_ROOT, KEY_BITS

__all__ = [
    "Branch",
    "Leaf",
    "Node",
    "Resolve",
    "Stub",
    "Subtree",
    "bit_at",
    "build",
    "find",
    "hash_of",
    "is_hashed",
    "items_of",
    "merge",
    "unresolved",
]


class Leaf:
    """One key (as an integer below 2**256) and its 32-byte value."""

    __slots__ = ("cached_hash", "path", "value")

    def __init__(self, path: int, value: bytes, cached_hash: bytes | None = None) -> None:
        self.path = path
        self.value = value
        self.cached_hash = cached_hash

    @property
    def key(self) -> bytes:
        """The 32-byte key."""
        return self.path.to_bytes(32, "big")


class Branch:
    """An inner node: at least two leaves below it; one side may be empty."""

    __slots__ = ("cached_hash", "left", "right")

    def __init__(self, left: Subtree, right: Subtree, cached_hash: bytes | None = None) -> None:
        self.left = left
        self.right = right
        self.cached_hash = cached_hash


class Stub:
    """A subtree of which only the hash is at hand."""

    __slots__ = ("cached_hash",)

    def __init__(self, cached_hash: bytes) -> None:
        self.cached_hash = cached_hash


Node: TypeAlias = Leaf | Branch
Subtree: TypeAlias = Leaf | Branch | Stub | None
Resolve: TypeAlias = Callable[[Stub, int, int], Node]
"""Reads the node of a stub: (stub, depth, path), of ``path`` the top ``depth`` bits say where it stands."""


def unresolved(stub: Stub, depth: int, path: int) -> Node:
    """The `Resolve` of a tree that is wholly in memory."""
    raise ProofError(f"the subtree {stub.cached_hash.hex()} at depth {depth} is not at hand")


def bit_at(path: int, depth: int) -> int:
    """The side a key takes at a node of this depth: 0 left, 1 right."""
    return path >> (KEY_BITS - 1 - depth) & 1


def is_hashed(subtree: Subtree) -> bool:
    """Whether the hash is known already (an empty subtree's always is)."""
    return subtree is None or subtree.cached_hash is not None


def hash_of(subtree: Subtree) -> bytes:
    """The hash of a subtree; computes and caches what is missing below it."""
    if subtree is None:
        return EMPTY_ROOT
    known = subtree.cached_hash
    if known is not None:
        return known
    if isinstance(subtree, Leaf):
        preimage = b"\x00" + subtree.path.to_bytes(32, "big") + subtree.value
    else:
        assert isinstance(subtree, Branch)
        left, right = subtree.left, subtree.right
        left_hash = EMPTY_ROOT if left is None else left.cached_hash or hash_of(left)
        right_hash = EMPTY_ROOT if right is None else right.cached_hash or hash_of(right)
        preimage = b"\x01" + left_hash + right_hash
    digest: bytes = keccak_256(preimage).digest()
    subtree.cached_hash = digest
    return digest


def find(
    subtree: Subtree, path: int, depth: int = 0, resolve: Resolve = unresolved
) -> tuple[Leaf | None, list[Subtree]]:
    """Where the way of ``path`` ends: (leaf or None for an empty subtree, the siblings from the top down)."""
    siblings: list[Subtree] = []
    while subtree is not None:
        if isinstance(subtree, Stub):
            subtree = resolve(subtree, depth, path)
        if isinstance(subtree, Leaf):
            return subtree, siblings
        if path >> (KEY_BITS - 1 - depth) & 1:
            siblings.append(subtree.left)
            subtree = subtree.right
        else:
            siblings.append(subtree.right)
            subtree = subtree.left
        depth += 1
    return None, siblings


def items_of(
    subtree: Subtree, depth: int = 0, path: int = 0, resolve: Resolve = unresolved
) -> Iterator[Leaf]:
    """The leaves in ascending order of their keys."""
    pending: list[tuple[Subtree, int, int]] = [(subtree, depth, path)]
    while pending:
        subtree, depth, path = pending.pop()
        if isinstance(subtree, Stub):
            subtree = resolve(subtree, depth, path)
        if isinstance(subtree, Leaf):
            yield subtree
        elif subtree is not None:
            pending.append((subtree.right, depth + 1, path | 1 << (KEY_BITS - 1 - depth)))
            pending.append((subtree.left, depth + 1, path))


def build(paths: Sequence[int], values: Sequence[bytes], depth: int, start: int, end: int) -> Node | None:
    """The subtree at ``depth`` of the leaves ``start`` to ``end`` (exclusive) of two parallel sequences.

    ``paths`` ascend strictly and those in the range share their first ``depth`` bits.
    """
    if end - start == 1:
        return Leaf(paths[start], values[start])
    if start == end:
        return None
    first = paths[start]
    low_bits = KEY_BITS - 1 - depth
    middle = bisect_left(paths, (first >> low_bits | 1) << low_bits, start, end)
    return Branch(
        build(paths, values, depth + 1, start, middle),
        build(paths, values, depth + 1, middle, end),
    )


def merge(
    subtree: Subtree,
    paths: Sequence[int],
    values: Sequence[bytes | None],
    depth: int = 0,
    start: int = 0,
    end: int | None = None,
    resolve: Resolve = unresolved,
) -> Subtree:
    """The subtree after the changes ``start`` to ``end`` of two parallel sequences; None removes a key.

    ``paths`` ascend strictly and those in the range share the first ``depth`` bits with the subtree. Where
    nothing changes, the very same object comes back. Removing an absent key changes nothing.
    """
    if end is None:
        end = len(paths)
    if start == end:
        return subtree
    if isinstance(subtree, Stub):
        node = resolve(subtree, depth, paths[start])
        merged = merge(node, paths, values, depth, start, end, resolve)
        return subtree if merged is node else merged
    if isinstance(subtree, Branch):
        return _merge_branch(subtree, paths, values, depth, start, end, resolve)
    kept = {paths[i]: value for i in range(start, end) if (value := values[i]) is not None}
    if subtree is not None:
        at = bisect_left(paths, subtree.path, start, end)
        if at == end or paths[at] != subtree.path:
            kept[subtree.path] = subtree.value
        if len(kept) == 1 and kept.get(subtree.path) == subtree.value:
            return subtree
    order = sorted(kept)
    return build(order, [kept[path] for path in order], depth, 0, len(order))


def _merge_branch(
    branch: Branch,
    paths: Sequence[int],
    values: Sequence[bytes | None],
    depth: int,
    start: int,
    end: int,
    resolve: Resolve,
) -> Subtree:
    first = paths[start]
    low_bits = KEY_BITS - 1 - depth
    split = (first >> low_bits | 1) << low_bits
    middle = start if first >= split else bisect_left(paths, split, start, end)
    left, right = branch.left, branch.right
    if start < middle:
        left = merge(left, paths, values, depth + 1, start, middle, resolve)
    if middle < end:
        right = merge(right, paths, values, depth + 1, middle, end, resolve)
    if left is branch.left and right is branch.right:
        return branch
    if left is None or right is None:
        lone = right if left is None else left
        if isinstance(lone, Stub):
            # The other side is gone: only its content tells whether this side is a leaf, which moves up.
            side = split if left is None else split ^ 1 << low_bits
            lone = resolve(lone, depth + 1, side)
        if lone is None or isinstance(lone, Leaf):
            return lone
    return Branch(left, right)
