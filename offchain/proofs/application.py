"""The application of a diff to a state, one entry a step: `APPLY(root, rest)` to `STATE(root')`.

Entries come in the order of their hashed keys. Index 0 is `APPLY(h(S), h(D))`, index n of a diff with n entries is
`APPLY(h(S'), empty)`, and from index n + 1 on all is `STATE(h(S'))`. Twins: contracts/osp/ApplyProver.sol,
contracts/osp/DiffApplication.sol.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from typing import Final

from offchain.errors import ProofError
from offchain.proofs.encoding import apply_hash, state_hash
from offchain.proofs.fixed_points import state_witness
from offchain.proofs.provers import Prover
from offchain.trees.sparse_merkle_proof import (
    LEAF,
    REMOVABLE,
    open_path,
    remove_leftmost,
    root_with,
    root_without,
)
from offchain.trees.sparse_merkle_tree import SparseMerkleTree

__all__ = ["Application", "apply_next"]

SNAPSHOT_DISTANCE: Final = 1 << 10

_ZERO: Final = bytes(32)


class Application:
    """The trace of one application. Answers are cheap near the last one asked for, or near a snapshot.

    ``state`` is the tree of the state before and is left alone; ``leaves`` are the diff's, by hashed key, of value zero
    where the key is removed. A snapshot of both trees is kept every ``SNAPSHOT_DISTANCE`` entries; trees share nodes.
    """

    def __init__(self, state: SparseMerkleTree, leaves: Mapping[bytes, bytes]) -> None:
        self._entries = sorted(leaves.items())
        rest = SparseMerkleTree(leaves)
        self._state = state.copy()
        self._rest = rest
        self._done = 0
        self._snapshots = {0: (state.copy(), rest.copy())}

    @property
    def length(self) -> int:
        """The index from which on the state is STATE: the number of entries and one."""
        return len(self._entries) + 1

    def hash(self, index: int) -> bytes:
        """The hash of the state at ``index``."""
        self._seek(min(index, self.length - 1))
        root = self._state.root
        return state_hash(root) if index >= self.length else apply_hash(root, self._rest.root)

    def witness(self, index: int) -> bytes:
        """The witness of the step from ``index`` to the next one."""
        self._seek(min(index, self.length - 1))
        root = self._state.root
        if index >= self.length:
            return state_witness(root)
        head = bytes([Prover.APPLY]) + root + self._rest.root
        if index == self.length - 1:
            return head
        key, value = self._entries[index]
        removes = value == _ZERO and key in self._state
        opening = self._state.prove_remove(key) if removes else self._state.prove(key)
        return head + self._rest.prove_leftmost() + opening

    def entry(self, index: int) -> tuple[bytes, bytes | None, bytes | None] | None:
        """What the step from ``index`` applies: key, value before and after, None for absent; None at the end."""
        if not 0 <= index < len(self._entries):
            return None
        self._seek(index)
        key, value = self._entries[index]
        return key, self._state.get(key), None if value == _ZERO else value

    def _seek(self, index: int) -> None:
        """Move the trees to where ``index`` entries are applied."""
        if index < 0:
            raise IndexError(f"no state has the index {index}")
        known = sorted(self._snapshots)
        nearest = known[bisect_right(known, index) - 1]
        if not nearest <= self._done <= index:
            state, rest = self._snapshots[nearest]
            self._state, self._rest, self._done = state.copy(), rest.copy(), nearest
        while self._done < index:
            stop = min(index, self._done - self._done % SNAPSHOT_DISTANCE + SNAPSHOT_DISTANCE)
            self._advance(stop)
            if stop % SNAPSHOT_DISTANCE == 0 and stop not in self._snapshots:
                self._snapshots[stop] = (self._state.copy(), self._rest.copy())

    def _advance(self, index: int) -> None:
        """Apply the entries up to ``index`` at once."""
        entries = self._entries[self._done : index]
        self._state.update({key: None if value == _ZERO else value for key, value in entries})
        self._rest.update({key: None for key, _ in entries})
        self._done = index


def apply_next(root: bytes, rest: bytes, witness: bytes, offset: int = 0) -> tuple[bytes, bytes, int]:
    """(new root, new rest, end) from the roots and a proof alone. Raises ProofError."""
    key, value, new_rest, end = remove_leftmost(rest, witness, offset)
    opening, end = open_path(root, key, witness, end)
    if value != _ZERO:
        return root_with(opening, value), new_rest, end
    if opening.kind == REMOVABLE:
        return root_without(opening), new_rest, end
    if opening.kind == LEAF:
        raise ProofError("a removed key would keep its leaf")
    return root, new_rest, end
