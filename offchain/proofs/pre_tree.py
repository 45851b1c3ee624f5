"""The tree of a flat pre-state in memory, which proofs need beside it."""

from __future__ import annotations

from offchain.evm.context import MemoryState
from offchain.state.diff import Diff
from offchain.trees.sparse_merkle_tree import SparseMerkleTree

__all__ = ["tree_over"]


def tree_over(pre: MemoryState) -> SparseMerkleTree:
    """The tree whose root is `preRoot` for a batch on ``pre``; entries that are zero have no leaf."""
    state = Diff(
        accounts={address: account for address, account in pre.accounts.items() if account},
        slots={slot: value for slot, value in pre.slots.items() if value},
        codes=pre.code_hashes,
        code=pre.codes,
    )
    return SparseMerkleTree(state.leaves())
