"""A sound store to damage, and a way to change its rows behind its back."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import lmdb

from offchain.hashing import keccak
from offchain.state.diff import Diff
from offchain.state.flat_store import FlatStore
from tests.unit.state.state_model import CODES, CONFIG, difference, random_state, random_step

A, B = b"\x0a" * 20, b"\x0b" * 20
HASH = keccak(CODES[1])
TABLES = ("meta", "state", "history", "batches", "codes", "tree")


def sound_store(path: Path) -> None:
    """Makes a closed store of three batches with accounts, slots and code; the tree is at batch 2."""
    source = random.Random(1)
    states = [random_state(source, 60)]
    for _ in range(2):
        states.append(random_step(source, states[-1], 20))
    with FlatStore.create(path, difference({}, states[0]), CONFIG, durable=False) as store:
        store.apply(1, difference(states[0], states[1]))
        store.apply(2, difference(states[1], states[2]))
        store.move_tree(2)
        code = Diff({A: 7, B: 9}, {(A, 1): 2}, {A: HASH}, {HASH: CODES[1]})
        store.apply(3, code, extra=b"order hash")
        used = (store._environment.info()["last_pgno"] + 1) * 4096
    os.truncate(path / "data.mdb", used)  # copies are smaller without the empty tail


def edit(path: Path, change: Callable[[lmdb.Transaction[bytes], Callable[[str], object]], None]) -> None:
    """Changes rows behind the store's back."""
    with lmdb.open(str(path), max_dbs=8, map_size=2**24) as environment:
        handles = {name: environment.open_db(name.encode()) for name in TABLES}
        with environment.begin(write=True) as transaction:
            change(transaction, handles.__getitem__)
