"""What a cheat says that it knows: the truth but for what it lies about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from offchain.errors import StoreError
from offchain.faults.diffs import DiffFault
from offchain.faults.machines import Faulty, MachineFault, execute_with
from offchain.faults.replay import Replay, applied, apply_leaves
from offchain.faults.traces import STEP_BITS, Diverging, Substituted
from offchain.game.games import Form
from offchain.game.knowledge import Knowledge, Trace
from offchain.hashing import keccak
from offchain.proofs.encoding import diff_hash
from offchain.trees.sparse_merkle_tree import SparseMerkleTree

__all__ = [
    "Ignorant",
    "Lying",
    "altered_machine",
    "false_diff",
    "false_states",
    "garbage",
    "garbage_diff",
]

_GARBAGE: Final = b"deltaroll.faults.garbage"


def garbage(what: str, number: int) -> bytes:
    """A hash that nobody has a preimage of."""
    return keccak(_GARBAGE + what.encode() + number.to_bytes(32))


@dataclass(frozen=True, slots=True)
class Lying:
    """A `Knowledge`: what is listed here is said in place of ``own``. Batches are the keys.

    ``tells``: the lie in words.
    """

    own: Knowledge
    diff_roots: Mapping[int, bytes] = field(default_factory=dict)
    state_roots: Mapping[int, bytes] = field(default_factory=dict)
    traces: Mapping[tuple[Form, int], Trace] = field(default_factory=dict)
    tells: str = ""

    def state_root(self, batch: int) -> bytes:
        """See `Knowledge.state_root`."""
        return self.state_roots.get(batch) or self.own.state_root(batch)

    def diff_root(self, batch: int) -> bytes:
        """See `Knowledge.diff_root`."""
        return self.diff_roots.get(batch) or self.own.diff_root(batch)

    def trace(self, form: Form, batch: int) -> Trace:
        """See `Knowledge.trace`."""
        return self.traces.get((form, batch)) or self.own.trace(form, batch)


class Ignorant:
    """A `Knowledge` of nothing: whoever opens games only to open them has replayed no batch."""

    def state_root(self, batch: int) -> bytes:
        """See `Knowledge.state_root`."""
        return garbage("state", batch)

    def diff_root(self, batch: int) -> bytes:
        """See `Knowledge.diff_root`."""
        return garbage("diff", batch)

    def trace(self, form: Form, batch: int) -> Trace:
        """See `Knowledge.trace`."""
        raise StoreError(f"no trace {form.name} of batch {batch} is known")


def altered_machine(own: Knowledge, replay: Replay, batch: int, fault: MachineFault) -> Lying:
    """One batch executed by an altered machine; the states from then on are what its diff leads to."""
    faulty = execute_with(replay.batch(batch), fault)
    return Lying(
        own,
        diff_roots={batch: faulty.diff_root},
        state_roots=_states_after(replay, batch, faulty),
        traces={
            (Form.EXECUTION, batch): faulty.trace,
            (Form.FULL, batch): applied(faulty.trace, replay.batch(batch).leaves, faulty.leaves),
        },
        tells=faulty.tells,
    )


def false_diff(own: Knowledge, replay: Replay, batch: int, fault: DiffFault) -> Lying:
    """The right execution of a batch, with another diff at its end."""
    right = replay.batch(batch).diff
    claimed = fault(replay.batch(batch)).root()
    states = {diff_hash(right.root()): diff_hash(claimed)}
    trace = Substituted(own.trace(Form.EXECUTION, batch), states)
    tells = (fault.__doc__ or "").strip()
    return Lying(own, diff_roots={batch: claimed}, traces={(Form.EXECUTION, batch): trace}, tells=tells)


def garbage_diff(own: Knowledge, batch: int, first: int) -> Lying:
    """An h(D) without a preimage; the trace is right up to index ``first`` and garbage from there on."""
    trace = Diverging(own.trace(Form.EXECUTION, batch), first, lambda index: garbage("trace", index))
    return Lying(
        own,
        diff_roots={batch: garbage("diff", batch)},
        traces={(Form.EXECUTION, batch): trace},
        tells="a hash that nobody has a preimage of",
    )


def false_states(
    own: Knowledge, first: int, last: int, *, entries: int = 1, full: int = 1 << STEP_BITS
) -> Lying:
    """Every h(S) from batch ``first`` to ``last`` is garbage, though all diffs are right.

    The traces of ``first`` are right up to some point: the application for ``entries`` steps, the full form below
    index ``full``, which is all of unit 0 where nothing else is said.
    """
    application = Diverging(
        own.trace(Form.APPLICATION, first), entries, lambda index: garbage("application", index)
    )
    whole = Diverging(own.trace(Form.FULL, first), full, lambda index: garbage("full", index))
    return Lying(
        own,
        state_roots={batch: garbage("state", batch) for batch in range(first, last + 1)},
        traces={(Form.APPLICATION, first): application, (Form.FULL, first): whole},
        tells="a hash that nobody has a preimage of",
    )


def _states_after(replay: Replay, batch: int, faulty: Faulty) -> dict[int, bytes]:
    leaves = apply_leaves(replay.batch(batch).leaves, faulty.leaves)
    roots = {batch: SparseMerkleTree(leaves).root}
    for later in range(batch + 1, replay.head + 1):
        leaves = apply_leaves(leaves, replay.batch(later).diff.leaves())
        roots[later] = SparseMerkleTree(leaves).root
    return roots
