"""One writer and any number of readers, in one process or several."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from offchain.errors import StoreError
from offchain.hashing import keccak
from offchain.state import flat_store
from offchain.state.diff import Diff
from offchain.state.environment import WriterLock, remove_files
from offchain.state.flat_store import FlatStore
from offchain.state.reader import StateReader
from tests.unit.state.state_model import CONFIG

ROOT = Path(__file__).parents[3]
A = b"\x0a" * 20


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed store of two batches."""
    path = tmp_path / "store"
    with FlatStore.create(path, Diff({A: 1}), CONFIG, durable=False) as store:
        store.apply(1, Diff({A: 2}))
    return path


def other_process(program: str, path: Path) -> subprocess.Popen[str]:
    """Runs a program beside this one; it talks by lines."""
    setup = """
        import sys
        from offchain.errors import StoreError
        from offchain.state.diff import Diff
        from offchain.state.flat_store import FlatStore
        from offchain.state.reader import StateReader
        path, A, CONFIG = sys.argv[1], b"\\x0a" * 20, bytes(range(32))
        def answer(*words): print(*words, flush=True)
    """
    source = textwrap.dedent(setup) + textwrap.dedent(program)
    return subprocess.Popen(
        [sys.executable, "-c", source, str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def ask(process: subprocess.Popen[str], line: str = "") -> str:
    """Sends a line, if any, and gives the answer."""
    assert process.stdin is not None
    assert process.stdout is not None
    if line:
        process.stdin.write(line + "\n")
        process.stdin.flush()
    return process.stdout.readline().strip()


def test_a_second_writer_is_refused_at_once(path: Path) -> None:
    with FlatStore.open(path, CONFIG) as store:
        with other_process(
            """
            try:
                FlatStore.open(path, CONFIG)
            except StoreError as error:
                answer(error)
            """,
            path,
        ) as second:
            said = ask(second)
        assert said.startswith(f"store {path}: locked by another writer (process ")
        with pytest.raises(StoreError, match="locked by another writer"):
            FlatStore.open(path, CONFIG)
        store.apply(2, Diff({A: 3}))
    FlatStore.open(path, CONFIG).close()


def test_the_right_to_write_ends_with_its_process(path: Path) -> None:
    with other_process("store = FlatStore.open(path, CONFIG); answer('open'); input()", path) as writer:
        assert ask(writer) == "open"
        with pytest.raises(StoreError, match=f"locked by another writer \\(process {writer.pid}\\)"):
            FlatStore.open(path, CONFIG)
        writer.kill()
    with FlatStore.open(path, CONFIG) as store:
        assert store.head == 1


def test_readers_keep_their_state_until_they_refresh(path: Path) -> None:
    program = """
        store = StateReader.open(path, CONFIG)
        view = store.at(1)
        for line in sys.stdin:
            if line == "refresh\\n":
                store.refresh()
            try:
                answer(store.head, store.account(A), view.account(A), store.state_root(store.head).hex())
            except StoreError as error:
                answer(error)
    """
    roots = [Diff({A: value}).root().hex() for value in range(5)]
    with (
        FlatStore.open(path, CONFIG) as store,
        other_process(program, path) as one,
        other_process(program, path) as two,
    ):
        assert ask(one, "read") == ask(two, "read") == f"1 2 2 {roots[2]}"
        store.apply(2, Diff({A: 3}))
        store.move_tree(2)
        assert ask(one, "read") == f"1 2 2 {roots[2]}"
        assert ask(one, "refresh") == f"2 3 2 {roots[3]}"
        assert ask(two, "read") == f"1 2 2 {roots[2]}"
        store.roll_back(0)
        store.apply(1, Diff({A: 4}))
        assert ask(one, "refresh") == "the state after batch 1 is not kept any more"
        assert ask(two, "read") == f"1 2 2 {roots[2]}"


def test_a_reader_follows_a_store_that_has_grown(path: Path) -> None:
    program = """
        store = StateReader.open(path, CONFIG)
        for line in sys.stdin:
            store.refresh()
            answer(store.head, store.account(A))
    """
    code = {}
    for index in range(400):
        text = index.to_bytes(4, "big") * 20_000
        code[keccak(text)] = text
    codes = {index.to_bytes(20, "big"): code_hash for index, code_hash in enumerate(code)}
    with FlatStore.open(path, CONFIG, durable=False) as store, other_process(program, path) as reader:
        assert ask(reader, "read") == "1 2"
        store.apply(2, Diff({A: 3}, {}, codes, code))
        assert ask(reader, "read") == "2 3"


def test_a_reader_cannot_write_and_closing_twice_is_harmless(path: Path) -> None:
    reader = StateReader.open(path, CONFIG)
    assert not hasattr(reader, "apply")
    reader.close()
    reader.close()
    store = FlatStore.open(path, CONFIG)
    store.close()
    store.close()


def test_a_view_of_a_closed_store_is_void(path: Path) -> None:
    with StateReader.open(path, CONFIG) as store:
        view = store.at(0)
    with pytest.raises(StoreError, match="not kept any more"):
        view.account(A)


def before_the_lock(monkeypatch: pytest.MonkeyPatch, happens: Callable[[Path], None]) -> None:
    """The next maker of a store finds its directory empty, and then this happens before it has the lock."""

    def slow_lock(path: Path) -> WriterLock:
        monkeypatch.undo()
        happens(path)
        return WriterLock(path)

    monkeypatch.setattr(flat_store, "WriterLock", slow_lock)


def test_a_store_made_between_a_maker_s_look_and_its_lock_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other(path: Path) -> None:
        with FlatStore.create(path, Diff({A: 1}), CONFIG, durable=False) as store:
            store.apply(1, Diff({A: 2}))

    before_the_lock(monkeypatch, other)
    with pytest.raises(StoreError, match="not empty"):
        FlatStore.create(tmp_path / "store", Diff({A: 1}), CONFIG)
    with FlatStore.open(tmp_path / "store", CONFIG) as store:
        assert (store.head, store.account(A)) == (1, 2)


def test_a_refused_maker_leaves_another_s_files_and_gives_its_lock_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before_the_lock(monkeypatch, lambda path: (path / "notes.txt").write_text("mine"))
    with pytest.raises(StoreError, match="not empty"):
        FlatStore.create(tmp_path / "store", Diff({A: 1}), CONFIG)
    assert (tmp_path / "store" / "notes.txt").read_text() == "mine"
    WriterLock(tmp_path / "store").release()


def test_a_lock_on_a_file_that_was_taken_away_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = fcntl.flock

    def flock(descriptor: int, operation: int) -> None:
        remove_files(
            tmp_path, with_directory=False
        )  # the maker before us fails between our open and our lock
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(StoreError, match="try again"):
        WriterLock(tmp_path)
