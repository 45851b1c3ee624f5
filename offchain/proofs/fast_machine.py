"""A machine that runs ahead without proofs and commits to its state only where somebody asks.

It runs as the interpreter does, on plain dictionaries. What the trees need it finds in the journal: the keys that have
changed since the last look, and the values that they had at the checkpoints of the open frames.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from offchain.evm.exceptions import ExceptionalHalt
from offchain.evm.journal import Checkpoint, JournalEntry
from offchain.evm.overlay import Overlay
from offchain.evm.phase import Phase
from offchain.evm.phases import TRANSITIONS
from offchain.evm.scratch import Scratch
from offchain.proofs.checkpoint import ProvenCheckpoint
from offchain.proofs.committed_machine import CommittedMachine
from offchain.proofs.fast_frames import run_frames
from offchain.proofs.leaves import DIFF_MAPS, SCRATCH_MAPS, DiffLeaves, scratch_leaf, scratch_value
from offchain.trees.sparse_merkle_tree import SparseMerkleTree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offchain.evm.context import PreState

__all__ = ["FastMachine"]

_Entry = tuple[int, Any]
"""An entry of a map: (id of the map, key)."""

_ABSENT: Final = object()


class TrackedJournal(list[JournalEntry]):
    """A journal that knows which entries have changed since the last `take`; appending costs nothing more."""

    def __init__(self) -> None:
        super().__init__()
        self._taken = 0
        self._undone: set[_Entry] = set()

    def clear(self) -> None:
        """Forget how to revert; the changes stay."""
        self._undone |= {(id(changed), key) for changed, key, _ in self[self._taken :]}
        self._taken = 0
        super().clear()

    def forget_behind(self, length: int) -> None:
        """The changes after the first ``length`` ones are about to be undone."""
        if length < self._taken:
            self._undone |= {(id(changed), key) for changed, key, _ in self[length : self._taken]}
            self._taken = length

    def take(self) -> set[_Entry]:
        """What may have changed since the last call."""
        entries = self._undone
        entries.update([(id(changed), key) for changed, key, _ in self[self._taken :]])
        self._undone = set()
        self._taken = len(self)
        return entries

    def settle(self) -> None:
        """Nothing has changed: the trees are those of now."""
        self._undone = set()
        self._taken = len(self)


class FastMachine(CommittedMachine):
    """See `CommittedMachine`. Equal to `ProvingMachine` at every step, by other means.

    ``fault``: the exceptional halt for which a checkpoint was last restored, "" for another reason.
    """

    fault: str = ""

    journal: TrackedJournal

    # Replacements in the machine

    def new_overlay(self, pre: PreState) -> Overlay:
        """See `Machine.new_overlay`."""
        self.journal = TrackedJournal()
        overlay = Overlay(pre, self.codes, self.journal)
        self._leaves = DiffLeaves(overlay)
        self._names = {id(getattr(overlay, name)): name for name in DIFF_MAPS}
        self._scratch_names: dict[int, str] = {}
        self._diff = SparseMerkleTree()
        self._scratch = SparseMerkleTree()
        return overlay

    def new_scratch(self) -> Scratch:
        """See `Machine.new_scratch`; called when a transaction begins."""
        self.diff0 = self.diff_tree.copy()
        scratch = Scratch(self.journal)
        self._scratch_names = {id(getattr(scratch, name)): name for name in SCRATCH_MAPS}
        self._scratch = SparseMerkleTree()
        return scratch

    def checkpoint(self) -> Checkpoint:
        """See `Machine.checkpoint`."""
        return ProvenCheckpoint(*super().checkpoint())

    def restore(self, checkpoint: Checkpoint) -> None:
        """See `Machine.restore`."""
        fault = sys.exception()
        self.fault = type(fault).__name__ if isinstance(fault, ExceptionalHalt) else ""
        self.journal.forget_behind(checkpoint.journal)
        super().restore(checkpoint)

    # Running

    def advance(self, limit: int) -> int:
        """Make at most ``limit`` steps of this unit; how many there were, 0 at DIFF."""
        unit = self.unit
        left = limit
        while left and self.unit == unit:
            phase = self.phase
            if phase is Phase.EXECUTE:
                left = run_frames(self, left)
                continue
            if phase is Phase.DIFF:
                break
            if phase is Phase.ITEM:
                self.step_item()
            else:
                TRANSITIONS[phase](self)
            left -= 1
        return limit - left

    def advance_seen(self) -> list[tuple[str, Any, Any, Any]]:
        """Make one step; what it has changed: (map, key, before, after), of the diff's maps and "transient"."""
        self._look()
        before = {name: dict(getattr(self.overlay, name)) for name in DIFF_MAPS}
        before["transient"] = dict(self.scratch.transient)
        self.advance(1)
        entries = self.journal.take()
        self._apply(self._diff, self._scratch, entries, {})
        changed = []
        for map_id, key in entries:
            name = self._names.get(map_id) or self._scratch_names.get(map_id, "")
            if name in before:
                owner = self.scratch if name == "transient" else self.overlay
                old = before[name].get(key)
                if old is None and name != "transient":
                    old = getattr(self.overlay, f"pre_{name}")[key]
                changed.append((name, key, old, getattr(owner, name).get(key)))
        return changed

    # Trees

    @property
    def hash(self) -> bytes:
        """See `CommittedMachine.hash`."""
        self.commit()
        self.parts.forget_frames(self.frame)
        return super().hash

    @property
    def diff_tree(self) -> SparseMerkleTree:
        """See `CommittedMachine.diff_tree`."""
        self._look()
        return self._diff

    @property
    def scratch_tree(self) -> SparseMerkleTree:
        """See `CommittedMachine.scratch_tree`."""
        self._look()
        return self._scratch

    def adopt_trees(self, diff: SparseMerkleTree, scratch: SparseMerkleTree) -> None:
        """See `CommittedMachine.adopt_trees`. All open checkpoints are committed."""
        self._diff, self._scratch = diff, scratch
        self.journal.settle()

    def commit(self) -> None:
        """Give the checkpoints of all open frames their trees. Nothing is hashed but chains."""
        self._look()
        frame = self.frame
        diff, scratch = self._diff.copy(), self._scratch.copy()
        old: dict[_Entry, Any] = {}
        journal, parts = self.journal, self.parts
        end = len(journal)
        while frame is not None:
            checkpoint = frame.checkpoint
            assert isinstance(checkpoint, ProvenCheckpoint)
            if checkpoint.is_committed:
                break  # and so are those of the frames above
            touched = set()
            for at in range(end - 1, checkpoint.journal - 1, -1):
                changed, key, value = journal[at]
                entry = (id(changed), key)
                old[entry] = value
                touched.add(entry)
            end = checkpoint.journal
            self._apply(diff, scratch, touched, old)
            checkpoint.commit(
                diff.copy(),
                scratch.copy(),
                parts.new_slots_hash(self.tx, checkpoint.new_slots),
                parts.destroyed_hash(self.tx, checkpoint.destroyed),
            )
            frame = frame.parent

    def _look(self) -> None:
        """Bring the trees to now."""
        entries = self.journal.take()
        if entries:
            self._apply(self._diff, self._scratch, entries, {})

    def _apply(
        self,
        diff: SparseMerkleTree,
        scratch: SparseMerkleTree,
        entries: Iterable[_Entry],
        old: dict[_Entry, Any],
    ) -> None:
        """Write the entries into the trees, with the values in ``old`` where it has one, else those of now."""
        overlay, leaves = self.overlay, self._leaves
        diff_changes: dict[bytes, bytes | None] = {}
        scratch_changes: dict[bytes, bytes | None] = {}
        get = _Then(self, old).get
        for entry in entries:
            map_id, key = entry
            name = self._names.get(map_id)
            if name is not None:
                value = old.get(entry, _ABSENT)
                if value is _ABSENT:
                    value = getattr(overlay, name)[key]
                diff_changes[leaves.leaf_of(name, key)] = leaves.change_of(name, key, value)
                continue
            name = self._scratch_names.get(map_id)
            if name is not None:  # else it is of an earlier transaction
                scratch_changes[scratch_leaf(name, key)] = scratch_value(name, key, get)
        for tree, changes in ((diff, diff_changes), (scratch, scratch_changes)):
            changed = {leaf: value for leaf, value in changes.items() if tree.get(leaf) != value}
            if changed:
                tree.update(changed)


class _Then:
    """The scratch as it was when ``old`` values were there."""

    def __init__(self, machine: FastMachine, old: dict[_Entry, Any]) -> None:
        self._machine = machine
        self._old = old

    def get(self, name: str, key: Any) -> Any:
        """An entry of a map, None where it is absent."""
        changed = getattr(self._machine.scratch, name)
        value = self._old.get((id(changed), key), _ABSENT)
        return changed.get(key) if value is _ABSENT else value
