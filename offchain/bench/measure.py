"""Running the workloads: rounds in which every contender has its turn, and the check that all of them agree.

Executing and hashing are pure computation and are measured in processor time, which other work on the machine
disturbs least; a commit waits for the disk and is measured by the clock on the wall.
"""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

from offchain.bench.contender import Contender, Deltaroll, apply_diff, comparable, decode_all, memory_state
from offchain.bench.workload import CHAIN_ID, Workload
from offchain.evm.context import MemoryState
from offchain.evm.transaction import Transaction, decode_transaction
from offchain.state.diff import Diff
from offchain.state.flat_store import FlatStore
from offchain.state.genesis import GenesisAccount, allocation

__all__ = ["LMDB", "MEMORY", "Entry", "Measured", "Plan", "measure", "warm_up"]

MEMORY: Final = "memory"
LMDB: Final = "lmdb"
WARM_UP_ITEMS: Final = 20


@dataclass(slots=True)
class Entry:
    """One row: a contender on one kind of state. Samples are seconds for all ``items`` together, one a round.

    ``agrees``: in every round it arrived at the diffs of the plain interpreter.
    """

    contender: str
    store: str
    items: int
    gas: int
    execute: list[float] = field(default_factory=list)
    root: list[float] = field(default_factory=list)
    commit: list[float] = field(default_factory=list)
    agrees: bool = True

    def seconds(self, *, whole: bool = False) -> float:
        """Median time to execute; if ``whole``, with h(D) and the commit."""
        if not whole:
            return median(self.execute)
        return median([sum(parts) for parts in zip(self.execute, self.root, self.commit, strict=True)])


@dataclass(frozen=True, slots=True)
class Measured:
    """A workload's rows, and the median seconds of decoding and sender recovery, an item each."""

    workload: Workload
    decoding: float
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What takes part. ``peers`` give a contender and how many items of a workload it runs, 0 = none."""

    engines: Sequence[Deltaroll]
    peers: Sequence[tuple[Contender, Callable[[Workload], int]]]
    stores: Sequence[str]
    rounds: int
    fillers: Mapping[bytes, GenesisAccount]
    directory: Path | None = None


def warm_up(workload: Workload, plan: Plan) -> None:
    """Run a few items with every contender, unmeasured.

    CPython 3.11 specializes a function only after some calls of it, and never inside of a long first one: without
    this, whatever workload comes first would be measured at half the speed of a process that runs.
    """
    items = [decode_transaction(raw, CHAIN_ID) for raw in workload.batches[0][:WARM_UP_ITEMS]]
    for contender in (*plan.engines, *[peer for peer, _ in plan.peers]):
        contender.prepare(workload.genesis, items)()


def measure(workload: Workload, plan: Plan, progress: Callable[[str], None]) -> Measured:
    """All rounds of one workload. ``progress`` hears what is being run."""
    progress("decoding")
    batches = decode_all(workload.batches)
    decoding = [_decoding(workload.batches[0]) for _ in range(plan.rounds)]
    references = {}

    def reference(batches: list[list[Transaction]]) -> tuple[list[bytes], int]:
        key = (len(batches), len(batches[0]))
        if key not in references:
            references[key] = _reference(workload, batches)
        return references[key]

    turns: list[tuple[Entry, Callable[[Entry], None]]] = []
    with _lmdb(workload, plan, progress) as store:
        for store_name in plan.stores:
            for engine in plan.engines:
                roots, gas = reference(batches)
                entry = Entry(engine.name, store_name, sum(map(len, batches)), gas)
                target = store if store_name == LMDB else None
                turns.append((entry, _our_turn(workload, plan, engine, batches, roots, target)))
        for peer, share in plan.peers:
            part = [batches[0][: share(workload)]]
            if part[0]:
                roots, gas = reference(part)
                turns.append(
                    (
                        Entry(peer.name, MEMORY, len(part[0]), gas),
                        _peer_turn(workload, peer, part[0], roots[0]),
                    )
                )
        for number in range(plan.rounds):
            for entry, take in turns:
                progress(f"round {number + 1} of {plan.rounds}: {entry.contender}, {entry.store}")
                gc.collect()
                take(entry)
    return Measured(workload, median(decoding), tuple(entry for entry, _ in turns))


def _decoding(items: Sequence[bytes]) -> float:
    start = time.process_time()
    for raw in items:
        decode_transaction(raw, CHAIN_ID)
    return (time.process_time() - start) / len(items)


def _reference(workload: Workload, batches: list[list[Transaction]]) -> tuple[list[bytes], int]:
    """h(D) of each batch by the plain interpreter, as peers can know it, and the gas of all."""
    state = memory_state(workload.genesis)
    run = Deltaroll("interpreter").runner()
    roots = []
    gas = 0
    for number, items in enumerate(batches, 1):
        result = run(state, number, items)
        apply_diff(state, result.diff)
        roots.append(comparable(result.diff).root())
        gas += result.gas_used
    return roots, gas


def _our_turn(
    workload: Workload,
    plan: Plan,
    engine: Deltaroll,
    batches: list[list[Transaction]],
    roots: list[bytes],
    store: FlatStore | None,
) -> Callable[[Entry], None]:
    def take(entry: Entry) -> None:
        state: MemoryState | FlatStore = (
            memory_state(workload.genesis, plan.fillers) if store is None else store
        )
        run = engine.runner()
        times = [0.0, 0.0, 0.0]
        diffs: list[Diff] = []
        for number, items in enumerate(batches, 1):
            start = time.process_time()
            diff = run(state, number, items).diff
            executed = time.process_time()
            diff.root()
            times[0] += executed - start
            times[1] += time.process_time() - executed
            start = time.perf_counter()
            if isinstance(state, FlatStore):
                state.apply(number, diff)
            else:
                apply_diff(state, diff)
            times[2] += time.perf_counter() - start
            diffs.append(diff)
        if store is not None:
            store.roll_back(0)
        _note(entry, times, [comparable(diff).root() for diff in diffs] == roots)

    return take


def _peer_turn(
    workload: Workload, peer: Contender, items: list[Transaction], root: bytes
) -> Callable[[Entry], None]:
    def take(entry: Entry) -> None:
        run = peer.prepare(workload.genesis, items)
        start = time.process_time()
        diff = run()
        _note(entry, [time.process_time() - start, 0.0, 0.0], diff.root() == root)

    return take


def _note(entry: Entry, times: list[float], agrees: bool) -> None:
    entry.execute.append(times[0])
    entry.root.append(times[1])
    entry.commit.append(times[2])
    entry.agrees = entry.agrees and agrees


@contextmanager
def _lmdb(workload: Workload, plan: Plan, progress: Callable[[str], None]) -> Iterator[FlatStore | None]:
    """A store with the workload's first state among the filling accounts."""
    if LMDB not in plan.stores:
        yield None
        return
    progress(f"a store of {len(plan.fillers) + len(workload.genesis):,} accounts")
    with tempfile.TemporaryDirectory(prefix="deltaroll-bench-", dir=plan.directory) as folder:
        first = allocation({**plan.fillers, **workload.genesis})
        with FlatStore.create(Path(folder) / "store", first, bytes(32)) as store:
            yield store
