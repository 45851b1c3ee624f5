"""The lazy state tree against the root of the whole map, at every batch and however it got there."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offchain.errors import StoreError
from offchain.hashing import keccak
from offchain.state import flat_store
from offchain.state.diff import Diff
from offchain.state.flat_store import FlatStore
from offchain.state.keys import account_key, account_leaf
from offchain.state.reader import StateReader
from offchain.state.tree_records import decode_record, encode_record, record_key
from offchain.state.verify import verify_store
from offchain.trees.sparse_merkle_nodes import Leaf, Stub
from offchain.trees.sparse_merkle_proof import exclusion, inclusion, remove, remove_leftmost
from offchain.trees.sparse_merkle_tree import EMPTY_ROOT
from tests.unit.state.state_model import (
    CONFIG,
    State,
    Write,
    after,
    batches,
    difference,
    genesis_writes,
    random_state,
    random_step,
    root_of_state,
)


def fill(folder: str | Path, states: list[State]) -> FlatStore:
    """A store with one batch for each state after the first."""
    store = FlatStore.create(Path(folder) / "store", difference({}, states[0]), CONFIG, durable=False)
    for number in range(1, len(states)):
        store.apply(number, difference(states[number - 1], states[number]))
    return store


def tree_rows(store: StateReader) -> dict[bytes, bytes]:
    """All records of the kept tree."""
    return dict(store.reads.transaction.cursor(store.tables.tree))


def growing_states(seed: int, size: int, steps: int) -> list[State]:
    """A random state and its random successors."""
    source = random.Random(seed)
    states = [random_state(source, size)]
    for _ in range(steps):
        states.append(random_step(source, states[-1], size // 4))
    return states


@given(genesis_writes, batches, st.lists(st.integers(0, 6), max_size=4))
@settings(max_examples=80, deadline=None)
def test_the_tree_has_the_root_of_the_whole_map_at_every_batch(
    genesis: list[Write], writes: list[list[Write]], moves: list[int]
) -> None:
    states = [after({}, genesis)]
    for batch in writes:
        states.append(after(states[-1], batch))
    roots = [root_of_state(state) for state in states]
    with tempfile.TemporaryDirectory() as folder, fill(folder, states) as store:
        for move in [*moves, 0]:
            to = move % len(states)
            store.move_tree(to)
            assert (store.header.tree_batch, store.header.tree_root) == (to, roots[to])
            assert store.state_roots(range(len(states))) == dict(enumerate(roots))
        for number, root in enumerate(roots):
            assert store.state_root(number) == root


@given(st.integers(0, 2**32), st.sampled_from([1, 3, 40, 300]))
@settings(max_examples=12, deadline=None)
def test_records_are_a_function_of_the_map_alone(seed: int, size: int) -> None:
    states = growing_states(seed, size, 3)
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as two,
        fill(one, states) as moved,
        fill(two, [states[-1]]) as built,
    ):
        for to in (2, 1, 3):
            moved.move_tree(to)
        assert tree_rows(moved) == tree_rows(built)
        assert moved.header.tree_root == built.header.tree_root == root_of_state(states[-1])


def test_a_move_in_small_pieces_ends_at_the_same_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = growing_states(5, 60, 6)
    with fill(tmp_path, states) as store:
        monkeypatch.setattr(flat_store, "CHUNK_KEYS", 1)
        reports: list[tuple[int, int]] = []
        store.move_tree(6, lambda done, total: reports.append((done, total)))
        assert reports == [(done, 6) for done in range(1, 7)]
        assert store.header.tree_root == root_of_state(states[6])
        store.move_tree(0)
        assert store.header.tree_root == root_of_state(states[0])


def test_an_empty_state_has_the_empty_tree_and_can_fill_and_empty_again(tmp_path: Path) -> None:
    state = random_state(random.Random(2), 20)
    one = dict([next(iter(state.items()))])
    states: list[State] = [{}, one, state, one, {}]
    with fill(tmp_path, states) as store:
        for number, expected in enumerate(states):
            assert store.state_root(number) == root_of_state(expected)
            assert bool(tree_rows(store)) == bool(expected)
        assert store.header.tree_root == EMPTY_ROOT
        assert store.tree(4).leftmost() is None


def test_proofs_hold_at_every_batch_wherever_the_tree_is_kept(tmp_path: Path) -> None:
    states = growing_states(9, 50, 3)
    with fill(tmp_path, states) as store:
        for kept in (0, 2, 3):
            store.move_tree(kept)
            for number, state in enumerate(states):
                view = store.tree(number)
                assert view.root == root_of_state(state)
                present = sorted(state)[7]
                value, _ = inclusion(view.root, keccak(present), view.prove(keccak(present)))
                assert value == state[present].rjust(32, b"\x00") == view.get(keccak(present))
                absent = keccak(b"nobody")
                assert view.get(absent) is None
                exclusion(view.root, absent, view.prove(absent))
                lowest = min(map(keccak, state))
                leaf = view.leftmost()
                assert leaf is not None
                assert leaf.key == lowest
                rest = {key: stored for key, stored in state.items() if keccak(key) != lowest}
                assert remove_leftmost(view.root, view.prove_leftmost()).root == root_of_state(rest)
                removed = {key: stored for key, stored in state.items() if key != present}
                proof = view.prove_remove(keccak(present))
                assert remove(view.root, keccak(present), proof).root == root_of_state(removed)


def test_a_view_of_the_tree_is_void_once_the_kept_tree_moves(tmp_path: Path) -> None:
    states = growing_states(3, 40, 2)
    with fill(tmp_path, states) as store:
        view = store.tree(1)
        store.move_tree(2)
        with pytest.raises(StoreError, match="the state tree has moved"):
            for key in states[1]:
                view.get(keccak(key))


def test_reading_a_state_root_backwards_does_not_touch_the_kept_tree(tmp_path: Path) -> None:
    states = growing_states(4, 30, 3)
    with fill(tmp_path, states) as store:
        store.move_tree(3)
        before = store.header
        assert store.state_root(1) == root_of_state(states[1])
        assert store.header == before


def test_a_state_root_above_the_kept_tree_carries_it_forward(tmp_path: Path) -> None:
    states = growing_states(6, 30, 3)
    with fill(tmp_path, states) as store:
        assert store.header.tree_batch == 0
        assert store.state_root(2) == root_of_state(states[2])
        assert store.header.tree_batch == 2


def test_rolling_back_brings_the_tree_back_and_pruning_brings_it_forward(tmp_path: Path) -> None:
    states = growing_states(8, 30, 4)
    with fill(tmp_path, states) as store:
        store.move_tree(4)
        store.roll_back(2)
        assert (store.header.tree_batch, store.header.tree_root) == (2, root_of_state(states[2]))
        store.move_tree(0)
        store.prune(1)
        assert (store.header.tree_batch, store.header.tree_root) == (1, root_of_state(states[1]))


@pytest.mark.parametrize("batch", [-1, 3])
def test_no_tree_is_given_for_a_batch_that_is_not_kept(tmp_path: Path, batch: int) -> None:
    with fill(tmp_path, growing_states(1, 5, 2)) as store:
        for read in (store.tree, store.state_root, store.move_tree):
            with pytest.raises(StoreError, match=f"batch {batch} is not there, kept are 0 to 2"):
                read(batch)


def test_progress_that_fails_leaves_the_tree_where_it_was(tmp_path: Path) -> None:
    states = growing_states(7, 30, 2)
    with fill(tmp_path, states) as store:
        before, rows = store.header, tree_rows(store)

        def stop(done: int, total: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            store.move_tree(2, stop)
        assert (store.header, tree_rows(store)) == (before, rows)
        assert store.state_root(2) == root_of_state(states[2])


def test_codes_reach_the_tree_by_hash_and_pages(tmp_path: Path) -> None:
    address, code = b"\x07" * 20, b"\x5b" * 700
    code_hash = keccak(code)
    diff = Diff({address: 5}, codes={address: code_hash}, code={code_hash: code})
    with FlatStore.create(tmp_path / "s", diff, CONFIG, durable=False) as store:
        assert store.state_root(0) == diff.root()
        store.apply(1, Diff(codes={address: b""}))
        assert store.state_root(1) == Diff({address: 5}).root()
        assert store.state_root(0) == diff.root()
        assert store.tree(1).get(account_leaf(address)) == (5).to_bytes(32, "big")


def test_record_keys_are_depth_and_path() -> None:
    path = int.from_bytes(bytes.fromhex("abcdef") + bytes(29), "big")
    assert record_key(0, path) == b"\x00"
    assert record_key(4, path) == bytes.fromhex("01a0")
    assert record_key(8, path) == bytes.fromhex("02ab")
    assert record_key(12, path) == bytes.fromhex("03abc0")
    assert record_key(252, path) == bytes([63]) + path.to_bytes(32, "big")


def test_a_record_comes_back_as_it_was_and_is_refused_when_cut_or_lengthened() -> None:
    leaf = Leaf(int.from_bytes(keccak(account_key(bytes(20))), "big"), bytes(30) + b"\x01\x00")
    record = encode_record([leaf, None, Stub(b"s" * 32), *[None] * 13])
    assert record.hex() == "a0008000" + leaf.key.hex() + "020100" + (b"s" * 32).hex()
    children = decode_record(record)
    assert isinstance(children[0], Leaf)
    assert (children[0].path, children[0].value) == (leaf.path, leaf.value)
    assert isinstance(children[2], Stub)
    for broken in [*(record[:size] for size in range(len(record))), record + b"\x00"]:
        with pytest.raises(StoreError, match="damaged"):
            decode_record(broken)


def test_a_pair_whose_lone_neighbor_goes_keeps_its_root(tmp_path: Path) -> None:
    """Two leaves share 12 bits of their place and a third only 11, so that its end leaves a branch without neighbor."""
    places: dict[int, list[bytes]] = {}
    for number in range(1, 2_000):
        address = number.to_bytes(20, "big")
        places.setdefault(int.from_bytes(keccak(account_key(address))[:2], "big") >> 4, []).append(address)
    pair = next(at for at, found in places.items() if len(found) >= 2 and at ^ 1 in places)
    first, second = places[pair][:2]
    neighbor = places[pair ^ 1][0]
    far = next(found[0] for at, found in places.items() if at >> 11 != pair >> 11)
    path = tmp_path / "store"
    left = Diff({first: 1, second: 1, far: 1})
    with FlatStore.create(path, Diff({**left.accounts, neighbor: 1}), CONFIG, durable=False) as store:
        store.apply(1, Diff({neighbor: 0}))
        store.move_tree(1)
        assert store.state_root(1) == left.root()
    assert verify_store(path, CONFIG).entries == 3
