"""States of a machine, kept to go on from: taken of a `FastMachine`, put into any machine over the same batch.

A snapshot shares with others what has not changed in between: the trees' nodes, the frames that wait, equal memories.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, Final

from offchain.evm.frame import Frame
from offchain.evm.journal import JournalEntry
from offchain.evm.pending import Copy, Hash, Pending
from offchain.evm.phase import Phase
from offchain.evm.slices import Slice
from offchain.evm.transaction_state import TransactionState
from offchain.proofs.committed_machine import CommittedMachine
from offchain.proofs.leaves import DIFF_MAPS, SCRATCH_MAPS
from offchain.proofs.order_layout import OrderLayout
from offchain.trees.sparse_merkle_tree import SparseMerkleTree

__all__ = ["FrameRecord", "Recorder", "Snapshot", "Snapshots"]

_CONSTANTS: Final = (
    "kind",
    "address",
    "caller",
    "value",
    "static",
    "depth",
    "is_new",
    "checkpoint",
    "code",
)
_ENTRY: Final = 100  # bytes, about, of an entry of a map or of the journal
_WORD: Final = 40


@dataclass(frozen=True, slots=True, eq=False)
class FrameRecord:
    """A frame as it was. ``constants`` are those of _CONSTANTS; no slice in it can change any more."""

    constants: tuple[Any, ...]
    input: Slice
    pc: int
    gas: int
    stack: tuple[int, ...]
    memory: bytes
    return_data: Slice
    pending: Pending | None


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A state of a machine.

    ``maps`` are copies of DIFF_MAPS, without what equals the pre-state, and of SCRATCH_MAPS; ``map_ids`` say which
    dictionaries the journal means by them. ``weight``: about how many bytes it takes.
    """

    phase: Phase
    unit: int
    cursor: int
    gas_left: int
    tx: TransactionState | None
    layout: OrderLayout
    diff0: SparseMerkleTree
    diff: SparseMerkleTree
    scratch: SparseMerkleTree
    maps: tuple[dict[Any, Any], ...]
    map_ids: tuple[int, ...]
    journal: list[JournalEntry]
    frames: tuple[FrameRecord, ...]
    weight: int


_Known = dict[Frame, tuple[Pending | None, FrameRecord]]
"""The last record of each open frame, and what was pending then."""


class Recorder:
    """Takes snapshots of one machine and puts it into the states of others.

    All machines of one batch that exchange snapshots share `pre_*` and `new_code` of their overlays.
    """

    def __init__(self, machine: CommittedMachine) -> None:
        self._machine = machine
        self._known: _Known = {}

    def take(self) -> Snapshot:
        """The state of the machine, whose open checkpoints have been committed."""
        machine = self._machine
        overlay, scratch = machine.overlay, machine.scratch
        maps: list[dict[Any, Any]] = []
        for name in DIFF_MAPS:
            before = getattr(overlay, f"pre_{name}")
            maps.append({key: value for key, value in getattr(overlay, name).items() if value != before[key]})
        in_transaction = machine.in_transaction()
        if in_transaction:
            maps += [dict(getattr(scratch, name)) for name in SCRATCH_MAPS]
        frames, self._known, weight = _take_frames(machine.frame, self._known)
        journal = list(machine.journal) if in_transaction else []
        return Snapshot(
            phase=machine.phase,
            unit=machine.unit,
            cursor=machine.cursor,
            gas_left=machine.gas_left,
            tx=_copy_transaction(machine.tx) if in_transaction else None,
            layout=machine.layout,
            diff0=machine.diff0,
            diff=machine.diff_tree.copy(),
            scratch=machine.scratch_tree.copy(),
            maps=tuple(maps),
            map_ids=tuple([id(map_) for map_ in _maps_of(machine)]),
            journal=journal,
            frames=frames,
            weight=weight + _ENTRY * (sum(map(len, maps)) + len(journal) + 10),
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Put the machine into that state."""
        machine = self._machine
        machine.phase = snapshot.phase
        machine.unit = snapshot.unit
        machine.cursor = snapshot.cursor
        machine.gas_left = snapshot.gas_left
        machine.receipts = []
        machine.scratch = machine.new_scratch()
        machine.layout = snapshot.layout
        machine.diff0 = snapshot.diff0
        filled = _maps_of(machine)
        for map_ in filled:
            map_.clear()
        for map_, content in zip(filled, snapshot.maps, strict=False):  # outside of transactions no scratch
            map_.update(content)
        by_id = dict(zip(snapshot.map_ids, filled, strict=True))
        machine.journal[:] = [(by_id[id(changed)], key, old) for changed, key, old in snapshot.journal]
        if snapshot.tx is not None:
            machine.tx = _copy_transaction(snapshot.tx)
        frame: Frame | None = None
        self._known = {}
        for record in snapshot.frames:
            frame = _open_frame(machine, record, frame)
            self._known[frame] = (frame.pending, record)
        machine.frame = frame
        machine.parts.forget_all_frames()
        machine.adopt_trees(snapshot.diff.copy(), snapshot.scratch.copy())


def _maps_of(machine: CommittedMachine) -> list[dict[Any, Any]]:
    maps = [getattr(machine.overlay, name) for name in DIFF_MAPS]
    return maps + [getattr(machine.scratch, name) for name in SCRATCH_MAPS]


def _copy_transaction(tx: TransactionState) -> TransactionState:
    twin = copy(tx)
    for name in ("new_slots", "destroyed", "logs"):
        setattr(twin, name, list(getattr(tx, name)))
    return twin  # the original slots are the same at every step, however many of them are known


def _take_frames(running: Frame | None, known: _Known) -> tuple[tuple[FrameRecord, ...], _Known, int]:
    """The records of all open frames, the top one first, by frame, and how many bytes of them are new."""
    chain = []
    frame = running
    while frame is not None:
        chain.append(frame)
        frame = frame.parent
    records: list[FrameRecord] = []
    by_frame: _Known = {}
    weight = 0
    for frame in reversed(chain):
        pending, record = known.get(frame, (None, None))
        if record is None or pending is None or pending is not frame.pending or frame is running:
            record = _record_of(frame, records[-1] if records else None, record)
            weight += _WORD * len(frame.stack) + len(frame.memory) + len(record.return_data.content) + 500
        records.append(record)
        by_frame[frame] = (frame.pending, record)
        weight += _ENTRY
    return tuple(records), by_frame, weight


def _record_of(frame: Frame, parent: FrameRecord | None, last: FrameRecord | None) -> FrameRecord:
    memory = last.memory if last is not None and last.memory == frame.memory else bytes(frame.memory)
    # What rests can be frozen in place: it stays the same slice to whoever looks at it.
    frame.return_data = frame.return_data.frozen()
    if last is not None:
        input_ = last.input
    elif parent is not None and frame.parent is not None and frame.input.source is frame.parent.memory:
        input_ = Slice(bytes(frame.input.content), frame.input.kind, parent.memory, frame.input.offset)
    else:
        input_ = frame.input.frozen()
    return FrameRecord(
        constants=tuple([getattr(frame, name) for name in _CONSTANTS]),
        input=input_,
        pc=frame.pc,
        gas=frame.gas,
        stack=tuple(frame.stack),
        memory=memory,
        return_data=frame.return_data,
        pending=_record_pending(frame, input_, memory),
    )


def _record_pending(frame: Frame, input_: Slice, memory: bytes) -> Pending | None:
    pending = frame.pending
    if not isinstance(pending, Copy | Hash):
        return pending  # nobody changes it
    source = pending.source
    if source is frame.input:
        source = input_
    elif source.source is frame.memory:
        source = Slice(source.content, source.kind, memory, source.offset)
    else:
        source = source.frozen()
    return replace(pending, source=source)


def _open_frame(machine: CommittedMachine, record: FrameRecord, parent: Frame | None) -> Frame:
    constants = dict(zip(_CONSTANTS, record.constants, strict=True))
    frame = Frame(machine, input_=record.input, parent=parent, gas=record.gas, **constants)
    frame.pc = record.pc
    frame.stack = list(record.stack)
    frame.memory = bytearray(record.memory)
    frame.return_data = record.return_data
    pending = record.pending
    frame.pending = replace(pending) if isinstance(pending, Copy | Hash) else pending
    return frame


class Snapshots:
    """Snapshots by the number of steps before them, at most ``limit`` bytes of them; the first one always stays.

    Where they are too many, the one goes whose loss costs the fewest steps.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._weight = 0
        self._places: list[int] = []
        self._by_place: dict[int, Snapshot] = {}

    def __len__(self) -> int:
        return len(self._places)

    def nearest(self, place: int) -> int | None:
        """The last place with a snapshot that is not behind ``place``."""
        at = bisect_right(self._places, place)
        return self._places[at - 1] if at else None

    def get(self, place: int) -> Snapshot:
        """The snapshot of a place that `nearest` has named."""
        return self._by_place[place]

    def add(self, place: int, snapshot: Snapshot) -> None:
        """Keep a snapshot."""
        if place in self._by_place:
            return
        insort(self._places, place)
        self._by_place[place] = snapshot
        self._weight += snapshot.weight
        while self._weight > self._limit and len(self._places) > 1:
            places = self._places
            gaps = [places[at] - places[at - 1] for at in range(1, len(places))]
            self._drop(places[1 + gaps.index(min(gaps))])

    def _drop(self, place: int) -> None:
        self._weight -= self._by_place.pop(place).weight
        del self._places[bisect_left(self._places, place)]
