"""What a node knows of the chain for its games: from its flat store, computed once for however many games."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Final, Generic, TypeVar

from offchain.game.games import Form
from offchain.game.knowledge import Trace
from offchain.node.order_reader import OrderReader
from offchain.node.replica import Replica
from offchain.node.store_tree import StoreTree
from offchain.proofs.application_trace import application_trace
from offchain.proofs.execution_trace import execution_trace
from offchain.state.state_tree import TreeView

__all__ = ["ReplicaKnowledge"]

_TRACES: Final = 1 << 8
_VECTORS: Final = 1 << 9
_WITNESSES: Final = 8
_AWAKE: Final = 8
"""Traces whose machines are kept; of the others only what they were asked for."""
_ROOTS: Final = 1 << 16

_Value = TypeVar("_Value")


class ReplicaKnowledge:
    """A `Knowledge` from a replica's store. ``orders`` reads T_n; its own where none is given.

    Everything is remembered under the hash of the batch's order, which fixes all orders before it and so the state:
    what a reorg of L1 makes false is never asked for again.
    """

    def __init__(self, replica: Replica, orders: OrderReader | None = None) -> None:
        self._replica = replica
        self._orders = OrderReader(replica) if orders is None else orders
        self._roots: _Kept[bytes] = _Kept(_ROOTS)
        self._traces: _Kept[_KnownTrace] = _Kept(_TRACES)
        self._awake: _Kept[_KnownTrace] = _Kept(_AWAKE, _KnownTrace.rest)
        self._view: TreeView | None = None
        self._view_of: tuple[bytes, int] | None = None

    def state_root(self, batch: int) -> bytes:
        """h(S_batch). Ascending batches cost one way through the diffs between them."""
        key = self._replica.note(batch).order_hash
        return self._roots.get(key, lambda: self._tree_view(batch).root)

    def diff_root(self, batch: int) -> bytes:
        """h(D_batch), as it was computed when the batch was applied."""
        return self._replica.note(batch).diff_root

    def trace(self, form: Form, batch: int) -> Trace:
        """See `Knowledge.trace`. Raises `StoreError` where S_{batch-1} is not kept, `NetworkError` without T_batch."""
        key = form, self._replica.note(batch).order_hash
        known = self._traces.get(key, lambda: _KnownTrace(lambda: self._new_trace(form, batch)))
        return self._awake.get(key, lambda: known)

    def _new_trace(self, form: Form, batch: int) -> Trace:
        replica, store = self._replica, self._replica.store
        tree = StoreTree.at(store, self._tree_view(batch - 1))
        ordered = self._orders.order(batch)
        context = replica.config.context(ordered.order)
        if form is Form.APPLICATION:
            return application_trace(tree, store.diff(batch).leaves(), context, ordered.data)
        is_full = form is Form.FULL
        return execution_trace(store.at(batch - 1), tree, context, ordered.data, full=is_full)

    def _tree_view(self, batch: int) -> TreeView:
        """The tree at a batch, from the one kept in the store or from the view last made, whichever is nearer."""
        store = self._replica.store
        made_of = store.header.tree_root, store.header.rollbacks
        view = self._view if self._view_of == made_of else None
        if view is None or abs(batch - store.header.tree_batch) < abs(batch - view.batch):
            view = store.tree(batch)
        elif view.batch != batch:
            view = view.moved_to(batch)
        self._view, self._view_of = view, made_of
        return view


class _KnownTrace:
    """A trace whose vectors and witnesses are remembered: other games on the same claim ask for the same ranges.

    ``make`` makes it, at once and again after each failure: whatever is raised on the way leaves the machine within
    between two steps, and its next hashes would be false.
    """

    def __init__(self, make: Callable[[], Trace]) -> None:
        self._make = make
        self._trace: Trace | None = make()
        self._vectors: _Kept[list[bytes]] = _Kept(_VECTORS)
        self._witnesses: _Kept[bytes] = _Kept(_WITNESSES)

    def rest(self) -> None:
        """Give the machine back; it is made again for what was never asked."""
        self._trace = None

    def hashes(self, indices: Sequence[int]) -> list[bytes]:
        """See `Trace.hashes`."""
        return list(self._vectors.get(tuple(indices), lambda: self._ask(lambda trace: trace.hashes(indices))))

    def witness(self, index: int) -> bytes:
        """See `Trace.witness`."""
        return self._witnesses.get(index, lambda: self._ask(lambda trace: trace.witness(index)))

    def _ask(self, question: Callable[[Trace], _Value]) -> _Value:
        trace = self._make() if self._trace is None else self._trace
        self._trace = None
        answer = question(trace)
        self._trace = trace
        return answer


class _Kept(Generic[_Value]):
    """The last ``size`` values asked for; ``drop`` hears of each that goes."""

    def __init__(self, size: int, drop: Callable[[_Value], object] | None = None) -> None:
        self._size = size
        self._drop = drop
        self._values: OrderedDict[Hashable, _Value] = OrderedDict()

    def get(self, key: Hashable, compute: Callable[[], _Value]) -> _Value:
        """The value of a key, computed where it is not there."""
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key]
        value = self._values[key] = compute()
        if len(self._values) > self._size:
            _, gone = self._values.popitem(last=False)
            if self._drop is not None:
                self._drop(gone)
        return value
