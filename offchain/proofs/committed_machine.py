"""A machine whose states have hashes: what the machines that prove and that run ahead have in common."""

from __future__ import annotations

from typing import Any, Final

from offchain.evm.context import BatchContext, PreState
from offchain.evm.items import next_item
from offchain.evm.machine import Machine
from offchain.evm.phase import Phase
from offchain.evm.slices import Slice, SliceKind
from offchain.proofs.encoding import (
    CONTEXT_TAG,
    EXECUTE,
    FRAME_TAG,
    MACHINE_TAG,
    context_bytes,
    diff_hash,
    hash_of,
    machine_bytes,
)
from offchain.proofs.order_layout import NO_LAYOUT, OrderLayout, layout_of
from offchain.proofs.parts import Parts
from offchain.trees.paged_tree import PagedTree
from offchain.trees.sparse_merkle_tree import SparseMerkleTree

__all__ = ["CommittedMachine"]

_ZERO: Final = bytes(32)


class CommittedMachine(Machine):
    """A stepwise machine over a pre-state whose tree is at hand.

    ``pre_tree`` holds `S_{n-1}` under hashed keys; ``mode`` is that of the context; ``data_tree`` may be given where
    the order's pages have been hashed before. Other arguments as of `Machine`.

    ``layout`` and ``diff0`` belong to the transaction in progress: where its parts lie in the order, and the diff
    when it began.
    """

    layout: OrderLayout
    diff0: SparseMerkleTree

    def __init__(
        self,
        pre: PreState,
        pre_tree: SparseMerkleTree,
        context: BatchContext,
        data: bytes,
        *,
        mode: int = EXECUTE,
        data_tree: PagedTree | None = None,
        **options: Any,
    ) -> None:
        self._pre_tree = pre_tree
        self.parts = Parts()
        self.layout = NO_LAYOUT
        self.diff0 = SparseMerkleTree()
        super().__init__(pre, context, data, stepwise=True, **options)
        self.data_tree = PagedTree(data) if data_tree is None else data_tree
        self.context_struct = context_bytes(context, self.data_tree.root, len(data), pre_tree.root, mode)
        self.context_hash = hash_of(CONTEXT_TAG, self.context_struct)

    # What the machines keep in ways of their own

    @property
    def diff_tree(self) -> SparseMerkleTree:
        """The diff as of now. Copy it to keep it."""
        raise NotImplementedError

    @property
    def scratch_tree(self) -> SparseMerkleTree:
        """The scratch as of now. Copy it to keep it."""
        raise NotImplementedError

    def adopt_trees(self, diff: SparseMerkleTree, scratch: SparseMerkleTree) -> None:
        """The maps have been filled with what these trees hold."""
        raise NotImplementedError

    # States

    @property
    def hash(self) -> bytes:
        """The hash of the state as it is now."""
        if self.phase is Phase.DIFF:
            return diff_hash(self.diff_tree.root)
        return hash_of(MACHINE_TAG, self.machine_struct())

    def in_transaction(self) -> bool:
        """Whether the state has a transaction."""
        return Phase.ITEM < self.phase < Phase.DIFF

    def machine_struct(self) -> bytes:
        """Struct `machine`, 111 bytes."""
        transaction = frame = _ZERO
        if self.in_transaction():
            transaction = self.parts.transaction_hash(self.transaction_struct())
        if self.phase is Phase.EXECUTE:
            assert self.frame is not None
            self.parts.enter_frames(self.frame)
            frame = hash_of(FRAME_TAG, self.parts.frame_bytes(self.frame))
        return machine_bytes(
            self.phase, self.unit, self.cursor, self.gas_left, self.diff_tree.root, transaction, frame
        )

    def transaction_struct(self) -> bytes:
        """Struct `tx`, 346 bytes."""
        return self.parts.transaction_bytes(
            self.tx, self.phase, self.layout, self.diff0.root, self.scratch_tree.root
        )

    def step_item(self) -> None:
        """The step of phase ITEM. Of a valid transaction it notes where its parts lie."""
        cursor = self.cursor
        self.step()
        if self.in_transaction():
            found = next_item(self.data, cursor)
            assert found is not None
            self.layout = layout_of(self.data, *found)
            content = self.tx.transaction.data
            if content:
                self.tx.data = Slice(content, SliceKind.DATA, self.data, self.layout.data)
