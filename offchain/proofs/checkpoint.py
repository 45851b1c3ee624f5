"""A checkpoint with the trees and chains that it stands for."""

from __future__ import annotations

from functools import cached_property

from offchain.evm.journal import Checkpoint
from offchain.proofs.encoding import CHECKPOINT_TAG, checkpoint_bytes, hash_of
from offchain.trees.sparse_merkle_tree import SparseMerkleTree

__all__ = ["ProvenCheckpoint"]


class ProvenCheckpoint(Checkpoint):
    """What L1 sees of a checkpoint. `commit` says it once, at once or when somebody asks for the state's hash."""

    diff: SparseMerkleTree
    scratch: SparseMerkleTree
    _chains: tuple[bytes, bytes]

    def commit(
        self, diff: SparseMerkleTree, scratch: SparseMerkleTree, new_slots: bytes, destroyed: bytes
    ) -> None:
        """The trees, left alone from now on, and the chains at the time of the checkpoint."""
        self.diff = diff
        self.scratch = scratch
        self._chains = (new_slots, destroyed)

    @property
    def is_committed(self) -> bool:
        """Whether `commit` was called."""
        return "_chains" in self.__dict__

    @cached_property
    def struct(self) -> bytes:
        """Struct `checkpoint`, 136 bytes."""
        return checkpoint_bytes(self.diff.root, self.scratch.root, self.refund, *self._chains)

    @property
    def hash(self) -> bytes:
        """Hash of struct `checkpoint`."""
        return hash_of(CHECKPOINT_TAG, self.struct)
