"""Making the proofs that `sparse_merkle_proof` checks, from the nodes of a tree in memory or in a store."""

from __future__ import annotations

from offchain.errors import ProofError
from offchain.trees.sparse_merkle_nodes import Leaf, Resolve, Stub, Subtree, find, hash_of, unresolved
from offchain.trees.sparse_merkle_proof import EMPTY, LEAF, OTHER_LEAF, REMOVABLE

__all__ = ["leftmost", "prove", "prove_leftmost", "prove_remove"]


def prove(top: Subtree, key: bytes, resolve: Resolve = unresolved) -> bytes:
    """The opening of ``key`` for lookup, inclusion, exclusion, write, update and insert."""
    path = int.from_bytes(key, "big")
    leaf, siblings = find(top, path, 0, resolve)
    if leaf is None:
        kind, terminal = EMPTY, b""
    elif leaf.path == path:
        kind, terminal = LEAF, leaf.value
    else:
        kind, terminal = OTHER_LEAF, leaf.key + leaf.value
    return _encode(kind, terminal, siblings, len(siblings))


def prove_remove(top: Subtree, key: bytes, resolve: Resolve = unresolved) -> bytes:
    """The opening of ``key``, which has a leaf, for its removal."""
    path = int.from_bytes(key, "big")
    leaf, siblings = find(top, path, 0, resolve)
    if leaf is None or leaf.path != path:
        raise ProofError(f"the key {key.hex()} has no leaf to remove")
    if not siblings:
        return _encode(REMOVABLE, leaf.value, siblings, 0)
    sibling = siblings[-1]
    depth = len(siblings)
    if isinstance(sibling, Stub):
        sibling = resolve(sibling, depth, path ^ 1 << (256 - depth))
    assert sibling is not None, "the deepest sibling is never empty"
    if isinstance(sibling, Leaf):
        preimage = b"\x00" + sibling.key + sibling.value
    else:
        preimage = b"\x01" + hash_of(sibling.left) + hash_of(sibling.right)
    return _encode(REMOVABLE, leaf.value + preimage, siblings, depth - 1)


def prove_leftmost(top: Subtree, resolve: Resolve = unresolved) -> bytes:
    """The proof for `remove_leftmost`; the tree may not be empty."""
    leaf = leftmost(top, resolve)
    if leaf is None:
        raise ProofError("an empty tree has no leftmost leaf")
    return leaf.key + prove_remove(top, leaf.key, resolve)


def leftmost(top: Subtree, resolve: Resolve = unresolved) -> Leaf | None:
    """The leaf with the lowest key, None in an empty tree."""
    depth = path = 0
    while top is not None:
        if isinstance(top, Stub):
            top = resolve(top, depth, path)
        if isinstance(top, Leaf):
            return top
        if top.left is None:
            path |= 1 << (255 - depth)
            top = top.right
        else:
            top = top.left
        depth += 1
    return None


def _encode(kind: int, terminal: bytes, siblings: list[Subtree], in_full: int) -> bytes:
    """An opening; of ``siblings`` (from the top down) the first ``in_full`` are given by their hashes."""
    bitmap = 0
    hashes: list[bytes] = []
    for depth, sibling in enumerate(siblings):
        if sibling is not None:
            bitmap |= 1 << (255 - depth)
            if depth < in_full:
                hashes.append(hash_of(sibling))
    hashes.reverse()
    return bytes([kind]) + bitmap.to_bytes(32, "big") + terminal + b"".join(hashes)
