"""The flat store against a dictionary: applying, reading any batch, rolling back, pruning."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offchain.errors import StoreError
from offchain.evm.context import PreState
from offchain.hashing import keccak
from offchain.state.changes import changes_of
from offchain.state.diff import Diff
from offchain.state.flat_store import FlatStore
from offchain.state.keys import account_key, code_key, slot_key
from offchain.state.verify import verify_store
from tests.unit.state.state_model import (
    ADDRESSES,
    CODES,
    CONFIG,
    SLOTS,
    State,
    Write,
    after,
    batches,
    difference,
    genesis_writes,
)

A, B = ADDRESSES[0], ADDRESSES[1]
HASH = keccak(CODES[0])


def read_all(state: PreState) -> State:
    """All of the small universe, through the interface that the machine uses."""
    found: State = {}
    for address in ADDRESSES:
        account = state.account(address)
        found[account_key(address)] = account.to_bytes(32, "big").lstrip(b"\x00")
        for key in SLOTS:
            found[slot_key(address, key)] = state.slot(address, key).to_bytes(32, "big").lstrip(b"\x00")
        try:
            found[code_key(address)] = state.code_hash(address)
            assert keccak(state.code(found[code_key(address)])) == found[code_key(address)]
        except StoreError:
            continue
    return {key: value for key, value in found.items() if value}


@contextmanager
def store_of(
    genesis: list[Write], writes: list[list[Write]]
) -> Iterator[tuple[FlatStore, list[State], Path]]:
    """A store with a batch for each list of writes, and the states that it should have."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store"
        states = [after({}, genesis)]
        with FlatStore.create(path, difference({}, states[0]), CONFIG, extra=b"0", durable=False) as store:
            for number, batch in enumerate(writes, 1):
                states.append(after(states[-1], batch))
                store.apply(number, difference(states[-2], states[-1]), extra=str(number).encode())
            yield store, states, path


@given(genesis_writes, batches)
@settings(max_examples=60, deadline=None)
def test_every_batch_reads_as_it_was(genesis: list[Write], writes: list[list[Write]]) -> None:
    with store_of(genesis, writes) as (store, states, _):
        assert read_all(store) == states[-1]
        for number, state in enumerate(states):
            assert read_all(store.at(number)) == state
            assert store.extra(number) == str(number).encode()
        for number in range(1, len(states)):
            assert changes_of(store.diff(number)) == changes_of(
                difference(states[number - 1], states[number])
            )


@given(genesis_writes, batches, st.data())
@settings(max_examples=60, deadline=None)
def test_rolling_back_restores_everything_exactly(
    genesis: list[Write], writes: list[list[Write]], data: st.DataObject
) -> None:
    with store_of(genesis, writes) as (store, states, path):
        to = data.draw(st.integers(0, len(writes)))
        if data.draw(st.booleans()):
            store.move_tree(data.draw(st.integers(0, len(writes))))
        store.roll_back(to)
        assert (store.head, store.lowest) == (to, 0)
        assert dict(store.reads.transaction.cursor(store.tables.state)) == states[to]
        for number in range(to + 1):
            assert read_all(store.at(number)) == states[number]
        assert store.header.link == store.reads.record(to).link()
        store.close()
        verify_store(path, CONFIG)


@given(genesis_writes, batches, batches, st.data())
@settings(max_examples=40, deadline=None)
def test_batches_go_on_after_a_roll_back_as_if_nothing_had_been(
    genesis: list[Write], writes: list[list[Write]], others: list[list[Write]], data: st.DataObject
) -> None:
    to = data.draw(st.integers(0, len(writes)))
    with store_of(genesis, writes) as (store, states, _), store_of(genesis, writes[:to] + others) as straight:
        store.roll_back(to)
        state = states[to]
        for number, batch in enumerate(others, to + 1):
            changed = after(state, batch)
            store.apply(number, difference(state, changed), extra=str(number).encode())
            state = changed
        for table in ("state", "history", "batches"):
            ours = dict(store.reads.transaction.cursor(getattr(store.tables, table)))
            theirs = dict(straight[0].reads.transaction.cursor(getattr(straight[0].tables, table)))
            assert ours == theirs
        assert store.state_root(store.head) == straight[0].state_root(store.head)


@given(genesis_writes, batches, st.data())
@settings(max_examples=60, deadline=None)
def test_pruning_keeps_what_is_above_and_forgets_what_is_below(
    genesis: list[Write], writes: list[list[Write]], data: st.DataObject
) -> None:
    with store_of(genesis, writes) as (store, states, path):
        lowest = data.draw(st.integers(0, len(writes)))
        store.prune(lowest)
        for number in range(lowest, len(states)):
            assert read_all(store.at(number)) == states[number]
            assert store.extra(number) == str(number).encode()
        for number in range(lowest):
            with pytest.raises(StoreError, match=f"batch {number} is not there"):
                store.at(number)
        rows = sum(len(changes_of(store.diff(number))) for number in range(lowest + 1, len(states)))
        assert store.header.entries[1] == rows
        to = data.draw(st.integers(lowest, len(writes)))
        store.roll_back(to)
        assert read_all(store) == states[to]
        store.close()
        verify_store(path, CONFIG)


def test_a_view_stays_valid_while_batches_are_applied(tmp_path: Path) -> None:
    with FlatStore.create(tmp_path / "s", Diff({A: 1}), CONFIG, durable=False) as store:
        view = store.at(0)
        store.apply(1, Diff({A: 2, B: 3}))
        store.apply(2, Diff({A: 0}))
        assert (view.account(A), view.account(B)) == (1, 0)
        assert (store.account(A), store.account(B)) == (0, 3)


def test_a_view_of_a_batch_taken_off_is_void_even_when_another_takes_its_number(tmp_path: Path) -> None:
    with FlatStore.create(tmp_path / "s", Diff({A: 1}), CONFIG, durable=False) as store:
        store.apply(1, Diff({A: 2}))
        kept, gone = store.at(0), store.at(1)
        store.roll_back(0)
        store.apply(1, Diff({A: 5}))
        assert kept.account(A) == 1
        with pytest.raises(StoreError, match="the state after batch 1 is not kept any more"):
            gone.account(A)


def test_a_view_below_the_pruned_batch_is_void(tmp_path: Path) -> None:
    with FlatStore.create(tmp_path / "s", Diff({A: 1}), CONFIG, durable=False) as store:
        store.apply(1, Diff({A: 2}))
        view = store.at(0)
        store.prune(1)
        with pytest.raises(StoreError, match="not kept any more"):
            view.account(A)


@pytest.mark.parametrize(
    ("diff", "complaint"),
    [
        (Diff({A: 1}), "changes nothing"),
        (Diff(slots={(B, 1): 0}), "changes nothing"),
        (Diff(codes={B: b""}), "changes nothing"),
        (Diff({b"": 1}), "out of its range"),
        (Diff({B: 1 << 256}), "out of its range"),
        (Diff({B: -1}), "out of its range"),
        (Diff(slots={(B, 1 << 256): 1}), "out of its range"),
        (Diff(codes={B: b"short"}), "out of its range"),
        (Diff(codes={B: HASH}), "does not bring it"),
    ],
)
def test_a_diff_that_is_not_canonical_is_refused_and_changes_nothing(
    tmp_path: Path, diff: Diff, complaint: str
) -> None:
    with FlatStore.create(tmp_path / "s", Diff({A: 1}), CONFIG, durable=False) as store:
        before = store.header
        with pytest.raises(StoreError, match=complaint):
            store.apply(1, diff)
        assert (store.header, store.account(A), store.account(B)) == (before, 1, 0)
        store.apply(1, Diff({A: 2}))


@pytest.mark.parametrize("number", [0, 1, 3])
def test_only_the_batch_after_the_head_can_be_applied(tmp_path: Path, number: int) -> None:
    with FlatStore.create(tmp_path / "s", Diff({A: 1}), CONFIG, durable=False) as store:
        store.apply(1, Diff({A: 2}))
        with pytest.raises(StoreError, match=f"batch {number} can't follow batch 1"):
            store.apply(number, Diff({A: 3}))


def test_an_empty_batch_is_a_batch(tmp_path: Path) -> None:
    with FlatStore.create(tmp_path / "s", Diff({A: 1}), CONFIG, durable=False) as store:
        store.apply(1, Diff(), extra=b"x")
        assert store.head == 1
        assert store.diff(1) == Diff()
        store.roll_back(0)
        assert store.head == 0


def test_code_stays_when_no_account_names_it_and_serves_again(tmp_path: Path) -> None:
    with FlatStore.create(tmp_path / "s", Diff({A: 1}), CONFIG, durable=False) as store:
        store.apply(1, Diff(codes={A: HASH}, code={HASH: CODES[0]}))
        store.roll_back(0)
        assert store.code(HASH) == CODES[0]
        store.apply(1, Diff(codes={A: HASH}))
        assert store.code_hash(A) == HASH
        assert store.diff(1).code == {HASH: CODES[0]}


def test_a_store_can_begin_at_any_batch(tmp_path: Path) -> None:
    with FlatStore.create(
        tmp_path / "s", Diff({A: 1}), CONFIG, batch=70, extra=b"order", durable=False
    ) as store:
        assert (store.lowest, store.head, store.extra(70)) == (70, 70, b"order")
        store.apply(71, Diff({A: 2}))
        assert store.at(70).account(A) == 1
        with pytest.raises(StoreError, match="batch 69 is not there"):
            store.at(69)
        with pytest.raises(StoreError, match="diff of batch 70 is not kept"):
            store.diff(70)


def test_the_map_grows_by_itself(tmp_path: Path) -> None:
    with FlatStore.create(tmp_path / "s", Diff({A: 1}), CONFIG, durable=False) as store:
        view = store.at(0)
        before = (tmp_path / "s" / "data.mdb").stat().st_size
        code = {}
        for index in range(400):
            text = index.to_bytes(4, "big") * 20_000
            code[keccak(text)] = text
        codes = {index.to_bytes(20, "big"): code_hash for index, code_hash in enumerate(code)}
        store.apply(1, Diff(codes=codes, code=code))
        assert (tmp_path / "s" / "data.mdb").stat().st_size > before
        assert view.account(A) == 1
        assert all(store.code(store.code_hash(address)) == code[codes[address]] for address in codes)
