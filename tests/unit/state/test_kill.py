"""Killed with SIGKILL at any instant, a store opens at the last whole batch with nothing lost."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from offchain.state.flat_store import FlatStore
from offchain.state.reader import StateReader
from offchain.state.verify import verify_store
from tests.unit.state.kill_worker import world
from tests.unit.state.state_model import CONFIG, difference, root_of_state

ROOT = Path(__file__).parents[3]
LONGEST_LIFE = 0.25  # seconds; an act takes some tens of milliseconds


def run_until_killed(path: Path, mode: str, seed: str, life: float) -> list[tuple[int, int]]:
    """Runs a worker and kills it ``life`` seconds after it is ready.

    Returns the (head, tree batch) that it may have left: the last that it said was done, then the one that it
    was about to reach, if it had not said so yet.
    """
    command = [sys.executable, "-m", "tests.unit.state.kill_worker", str(path), mode, seed]
    with StateReader.open(path, CONFIG) as store:
        left = [(store.head, store.header.tree_batch)]
    worker = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout is not None
    with worker, worker.stdout as lines:
        assert lines.readline() == "ready\n"
        with contextlib.suppress(subprocess.TimeoutExpired):
            worker.wait(life)
            raise AssertionError("the worker ended by itself")
        worker.kill()
        said = [line.split() for line in lines.read().splitlines()]
    for word, *numbers in said:
        if len(numbers) == 2:
            head, tree_batch = map(int, numbers)
            left = [(head, tree_batch)] if word == "done" else [*left, (head, tree_batch)]
    return left


@pytest.mark.parametrize("mode", ["apply", "apply,tree", "apply,tree,back"])
@pytest.mark.parametrize("kills", [5, pytest.param(50, marks=pytest.mark.slow)])
def test_a_killed_store_opens_at_the_last_whole_batch_with_nothing_lost(
    tmp_path: Path, kills: int, mode: str
) -> None:
    source = random.Random(f"{mode} {kills}")
    path = tmp_path / "store"
    coming = world()
    states = [next(coming)]
    FlatStore.create(path, difference({}, states[0]), CONFIG).close()
    for kill in range(kills):
        left = run_until_killed(path, mode, f"{mode} {kills} {kill}", source.uniform(0, LONGEST_LIFE))
        summary = verify_store(path, CONFIG)
        heads = [head for head, _ in left]
        # A roll back takes the tree back in a transaction of its own, before the batches.
        trees = [tree for _, tree in left]
        assert summary.head in heads
        assert summary.tree_batch in trees
        states += islice(coming, max(0, summary.head + 1 - len(states)))
        with StateReader.open(path, CONFIG) as store:
            assert dict(store.reads.transaction.cursor(store.tables.state)) == states[store.head]
            assert store.header.tree_root == root_of_state(states[store.header.tree_batch])
            middle = store.head // 2
            view = store.at(middle)
            assert all(view.stored(key) == value for key, value in states[middle].items())
            assert not any(view.stored(key) for key in states[store.head].keys() - states[middle].keys())
