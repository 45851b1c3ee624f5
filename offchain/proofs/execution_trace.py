"""The trace of one batch: hashes at far-apart steps from a machine that runs ahead, witnesses from one that proves.

See docs/traces.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

from offchain.evm.code import CodeCache
from offchain.evm.context import BatchContext, PreState
from offchain.evm.pending import Hash
from offchain.evm.phase import Phase
from offchain.proofs.application import Application
from offchain.proofs.describe import describe_entry, describe_step, fixed_point
from offchain.proofs.encoding import EXECUTE, FULL
from offchain.proofs.fast_machine import FastMachine
from offchain.proofs.fixed_points import diff_witness, finished_unit_witness
from offchain.proofs.leaves import DIFF_MAPS
from offchain.proofs.machine import ProvingMachine
from offchain.proofs.snapshots import Recorder, Snapshots
from offchain.proofs.step_description import StepDescription
from offchain.proofs.trace import EXECUTION_BITS, STEP_BITS, check_index
from offchain.trees.sparse_merkle_tree import SparseMerkleTree

__all__ = ["ExecutionTrace", "execution_trace"]

_UNIT_STEPS: Final = 1 << STEP_BITS
_AHEAD: Final = 1 << 18  # steps between the snapshots of a run
_LEAST_GAP: Final = 1 << 12  # steps that are made again sooner than a snapshot is taken
_SNAPSHOT_BYTES: Final = 1 << 28


class ExecutionTrace:
    """See `Trace`; made by `execution_trace`.

    ``snapshot_bytes``: about how much the snapshots may take; ``snapshot_gap``: how many steps are made again sooner
    than a snapshot of a state asked for is kept. Both decide about time alone.

    A state has a *place*, the number of steps that are made before it: fixed points are left out, so two indices with
    one state have one place. ``_starts[u]`` is the place where unit u begins, as far as units have been reached.
    """

    bits: int = EXECUTION_BITS

    def __init__(
        self,
        pre: PreState,
        pre_tree: SparseMerkleTree,
        context: BatchContext,
        data: bytes,
        *,
        full: bool = False,
        snapshot_bytes: int = _SNAPSHOT_BYTES,
        snapshot_gap: int = _LEAST_GAP,
        **options: Any,
    ) -> None:
        self._pre_tree = pre_tree
        self._full = full
        self._arguments = (pre, pre_tree, context, data)
        self._options = {"codes": CodeCache(), "mode": FULL if full else EXECUTE} | options
        self._machine = FastMachine(*self._arguments, **self._options)
        self._recorder = Recorder(self._machine)
        self.context_hash: bytes = self._machine.context_hash
        self._place = 0  # of the machine
        self._proving_place: int | None = None
        self._furthest = 0
        self._starts = [0]
        self._end: int | None = None  # the place of DIFF
        self._snapshot_gap = snapshot_gap
        self._snapshots = Snapshots(snapshot_bytes)
        self._snapshots.add(0, self._recorder.take())
        self._hashes: dict[int, bytes] = {}

    # Questions

    def hashes(self, indices: Sequence[int]) -> list[bytes]:
        """See `Trace.hashes`."""
        wanted = sorted(set(indices))
        late = [index for index in wanted if self._is_within_hash(index)]
        sponges = self._machine.parts.sponges
        sponges.absorb_wanted()
        known = {index: self.hash(index) for index in late}
        sponges.forget()
        return [known[index] if index in known else self.hash(index) for index in indices]

    def hash(self, index: int) -> bytes:
        """See `Trace.hash`."""
        check_index(index, 1 << self.bits)
        place = self._locate(index)
        known = self._hashes.get(place)
        if known is None:
            if self._full and self._end is not None and place >= self._end:
                known = self._application.hash(place - self._end)
            else:
                self._seek(place)
                known = self._machine.hash
            self._hashes[place] = known
        return known

    def witness(self, index: int) -> bytes:
        """See `Trace.witness`."""
        check_index(index, (1 << self.bits) - 1)
        place = self._locate(index)
        if self._end is not None and place >= self._end:
            if self._full:
                return self._application.witness(place - self._end)
            self._seek(self._end)
            return diff_witness(self._machine.diff_tree.root)
        machine = self._prover_at(place)
        if machine.unit != index >> STEP_BITS:
            return finished_unit_witness(machine.machine_struct())
        witness = machine.prove_step()
        self._proving_place = place + 1
        return witness

    def describe(self, index: int) -> StepDescription:
        """See `Trace.describe`."""
        check_index(index, (1 << self.bits) - 1)
        unit, step = divmod(index, _UNIT_STEPS)
        place = self._locate(index)
        if self._end is not None and place >= self._end:
            part = "closing" if unit < len(self._starts) else "behind the last unit"
            if self._full:
                return describe_entry(self._application, place - self._end, index, unit, step, part)
            return fixed_point(index, unit, step, part)
        self._seek(place)
        if self._machine.unit != unit:
            return fixed_point(index, unit, step, "begin" if not unit else f"item {unit}")
        description = describe_step(self._machine, index, unit, step)
        self._has_made(1)
        return description

    @property
    def steps(self) -> int:
        """How many steps lead to DIFF."""
        self._locate(1 << self.bits)
        assert self._end is not None
        return self._end

    def _is_within_hash(self, index: int) -> bool:
        """Whether the state needs a sponge, which had better be made with others; otherwise its hash is made."""
        check_index(index, 1 << self.bits)
        place = self._locate(index)
        if place not in self._hashes and (self._end is None or place < self._end):
            self._seek(place)
            frame = self._machine.frame
            if frame is not None and isinstance(frame.pending, Hash):
                self._machine.parts.sponges.want(frame.pending.source.content, frame.pending.absorbed)
                return True
        self.hash(index)
        return False

    # Places

    def _locate(self, index: int) -> int:
        """The place of the state at an index; runs where nobody has been yet."""
        unit, step = divmod(index, _UNIT_STEPS)
        starts = self._starts
        while self._end is None and unit >= len(starts) - 1:
            # The last unit that is known to begin; nobody knows where it ends.
            last = len(starts) - 1
            want = starts[last] + (step if unit == last else _UNIT_STEPS)
            if want <= self._furthest:
                return want
            self._seek(self._furthest)
            while self._place < want and self._end is None and last == len(starts) - 1:
                self._run_on(want)
        if unit < len(starts) - 1:
            return min(starts[unit] + step, starts[unit + 1])
        assert self._end is not None
        stays_from = self._end + (self._application.length if self._full else 0)
        return min(starts[unit] + step, stays_from) if unit == len(starts) - 1 else stays_from

    def _seek(self, place: int) -> None:
        """Bring the machine to a place that has been reached before."""
        nearest = self._snapshots.nearest(place)
        assert nearest is not None
        if not nearest <= self._place <= place:
            self._recorder.restore(self._snapshots.get(nearest))
            self._place = nearest
        while self._place < place:
            self._run_on(place)

    def _run_on(self, want: int) -> None:
        """Run towards a place, at most to the end of the unit."""
        self._has_made(self._machine.advance(min(want - self._place, _AHEAD)))
        nearest = self._snapshots.nearest(self._place)
        assert nearest is not None
        if self._place - nearest >= (self._snapshot_gap if self._place == want else _AHEAD):
            self._machine.commit()
            self._snapshots.add(self._place, self._recorder.take())

    def _has_made(self, steps: int) -> None:
        self._place += steps
        if self._place <= self._furthest:
            return
        self._furthest = self._place
        if self._machine.phase is Phase.DIFF:
            self._end = self._place
        elif self._machine.unit == len(self._starts):
            self._starts.append(self._place)

    # The other machines

    @cached_property
    def _application(self) -> Application:
        assert self._end is not None
        self._seek(self._end)
        return Application(self._pre_tree, dict(self._machine.diff_tree.items()))

    @cached_property
    def _prover(self) -> tuple[ProvingMachine, Recorder]:
        fast = self._machine
        machine = ProvingMachine(*self._arguments, data_tree=fast.data_tree, **self._options)
        for name in ("new_code", *[f"pre_{name}" for name in DIFF_MAPS]):
            setattr(machine.overlay, name, getattr(fast.overlay, name))
        return machine, Recorder(machine)

    def _prover_at(self, place: int) -> ProvingMachine:
        machine, recorder = self._prover
        if self._proving_place != place:
            self._seek(place)
            self._machine.commit()
            recorder.restore(self._recorder.take())
            self._proving_place = place
        return machine


def execution_trace(
    pre: PreState,
    pre_tree: SparseMerkleTree,
    context: BatchContext,
    data: bytes,
    *,
    full: bool = False,
    **options: Any,
) -> ExecutionTrace:
    """The trace of the batch with the order's bytes ``data`` on ``pre``, whose tree is ``pre_tree``.

    It ends in DIFF, or with ``full`` in STATE, the diff applied. Options as of `Machine`.
    """
    return ExecutionTrace(pre, pre_tree, context, data, full=full, **options)
