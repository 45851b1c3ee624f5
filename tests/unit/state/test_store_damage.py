"""A damaged, foreign or absent store is refused with one clear line, and never changed by the attempt."""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import lmdb
import pytest

from offchain.errors import StoreError
from offchain.hashing import keccak
from offchain.state.diff import Diff
from offchain.state.flat_store import FlatStore
from offchain.state.keys import account_key, slot_key
from offchain.state.reader import StateReader
from offchain.state.records import StoreHeader, batch_key
from offchain.state.verify import verify_pages, verify_store
from tests.unit.state.state_model import CODES, CONFIG, difference, random_state, random_step

A, B = b"\x0a" * 20, b"\x0b" * 20
HASH = keccak(CODES[1])
TABLES = ("meta", "state", "history", "batches", "codes", "tree")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed store of three batches with accounts, slots and code; the tree is at batch 2."""
    path = tmp_path / "store"
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
    return path


def refusal(path: Path, config_hash: bytes | None = CONFIG) -> str:
    """What opening says; it is one line, the same for reader and writer, and changes nothing."""
    said = set()
    data = path / "data.mdb"
    before = data.read_bytes() if data.is_file() else b""
    for open_store in (StateReader.open, FlatStore.open):
        with pytest.raises(StoreError) as caught:
            open_store(path, config_hash)
        said.add(str(caught.value))
    assert len(said) == 1
    line = said.pop()
    assert "\n" not in line
    assert str(path) in line
    assert (data.read_bytes() if data.is_file() else b"") == before
    return line


def edit(path: Path, change: Callable[[lmdb.Transaction[bytes], Callable[[str], object]], None]) -> None:
    """Changes rows behind the store's back."""
    with lmdb.open(str(path), max_dbs=8, map_size=2**24) as environment:
        handles = {name: environment.open_db(name.encode()) for name in TABLES}
        with environment.begin(write=True) as transaction:
            change(transaction, handles.__getitem__)


def edit_header(path: Path, change: Callable[[StoreHeader], bytes]) -> None:
    """Replaces the header by what ``change`` makes of it."""

    def replace_it(transaction: lmdb.Transaction[bytes], table: Callable[[str], object]) -> None:
        header = StoreHeader.decode(transaction.get(b"header", b"", table("meta")))
        transaction.put(b"header", change(header), db=table("meta"))

    edit(path, replace_it)


def test_a_sound_store_opens_and_verifies(path: Path) -> None:
    with FlatStore.open(path, CONFIG) as store:
        assert (store.head, store.extra(3), store.account(A)) == (3, b"order hash", 7)
    summary = verify_store(path, CONFIG)
    assert (summary.lowest, summary.head, summary.tree_batch, summary.codes) == (0, 3, 2, 1)
    with FlatStore.open(path, None) as store:
        assert store.header.config_hash == CONFIG


def test_missing_directory(tmp_path: Path) -> None:
    assert "no such directory" in refusal(tmp_path / "nothing")


def test_not_a_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("hello")
    assert "not a directory" in refusal(tmp_path / "file")


def test_directory_without_a_store(tmp_path: Path) -> None:
    assert "there is no store in this directory" in refusal(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_other_chain(path: Path) -> None:
    assert "belongs to another chain" in refusal(path, bytes(32))


@pytest.mark.parametrize("size", [0, 1, 100, 4096, 4200, 8192])
def test_truncated_data_file(path: Path, size: int) -> None:
    os.truncate(path / "data.mdb", size)
    assert "data.mdb is truncated" in refusal(path)


def test_data_file_that_lacks_its_last_page(path: Path) -> None:
    with FlatStore.open(path, CONFIG) as store:
        used = (store._environment.info()["last_pgno"] + 1) * 4096
    os.truncate(path / "data.mdb", used - 1)
    assert "data.mdb is truncated" in refusal(path)


def test_data_file_without_its_empty_tail_is_whole(path: Path) -> None:
    with FlatStore.open(path, CONFIG) as store:
        used = (store._environment.info()["last_pgno"] + 1) * 4096
    os.truncate(path / "data.mdb", used)
    verify_store(path, CONFIG)


@pytest.mark.parametrize("content", [b"garbage" * 10_000, bytes(100_000), b"\xff" * 9000])
def test_garbage_instead_of_the_data_file(path: Path, content: bytes) -> None:
    (path / "data.mdb").write_bytes(content)
    assert "data.mdb is no LMDB file" in refusal(path)


def test_data_file_of_another_lmdb_format(path: Path) -> None:
    with (path / "data.mdb").open("r+b") as file:
        for page in (0, 4096):
            file.seek(page + 16 + 4)
            file.write(struct.pack("=I", 999))
    assert "LMDB format 999 instead of 1" in refusal(path)


def test_lmdb_file_of_another_program(tmp_path: Path) -> None:
    with lmdb.open(str(tmp_path / "other"), map_size=2**24) as environment:
        with environment.begin(write=True) as transaction:
            transaction.put(b"a", b"b")
        os.truncate(tmp_path / "other" / "data.mdb", 2**24)
    assert "no Deltaroll store, or one whose creation was not finished" in refusal(tmp_path / "other")


def test_creation_that_was_not_finished(path: Path) -> None:
    edit(path, lambda transaction, table: transaction.drop(table("meta"), delete=False))
    assert "its creation was not finished" in refusal(path)


def test_wrong_magic(path: Path) -> None:
    edit_header(path, lambda header: b"X" + header.encode()[1:])
    assert "this is no Deltaroll store" in refusal(path)


def test_other_format_version(path: Path) -> None:
    edit_header(path, lambda header: header.encode()[:8] + bytes([0, 0, 0, 2]) + header.encode()[12:])
    assert "format 2 instead of 1" in refusal(path)


@pytest.mark.parametrize("position", [12, 44, 52, 60, 68, 100, 132, 140, 180, -1])
def test_header_with_a_changed_byte(path: Path, position: int) -> None:
    def flip(header: StoreHeader) -> bytes:
        record = bytearray(header.encode())
        record[position] ^= 1
        return bytes(record)

    edit_header(path, flip)
    assert "the header does not match its checksum" in refusal(path)


def test_header_that_is_cut_off(path: Path) -> None:
    edit_header(path, lambda header: header.encode()[:-1])
    assert "the header does not match its checksum" in refusal(path)


@pytest.mark.parametrize("table", ["state", "history", "batches", "codes", "tree"])
def test_table_that_lost_a_row(path: Path, table: str) -> None:
    def drop(transaction: lmdb.Transaction[bytes], handle: Callable[[str], object]) -> None:
        with transaction.cursor(handle(table)) as cursor:
            assert cursor.last()
            cursor.delete()

    edit(path, drop)
    assert "damaged" in refusal(path)


def test_last_changeset_that_was_changed(path: Path) -> None:
    def change(transaction: lmdb.Transaction[bytes], table: Callable[[str], object]) -> None:
        record = transaction.get(batch_key(3), b"", table("batches"))
        transaction.put(batch_key(3), record[:-1] + bytes([record[-1] ^ 1]), db=table("batches"))

    edit(path, change)
    assert "batch 3 does not have its link" in refusal(path)


def test_top_of_the_tree_that_was_changed(path: Path) -> None:
    def change(transaction: lmdb.Transaction[bytes], table: Callable[[str], object]) -> None:
        record = transaction.get(b"\x00", b"", table("tree"))
        transaction.put(b"\x00", record[:-1] + bytes([record[-1] ^ 1]), db=table("tree"))

    edit(path, change)
    assert "the state tree does not have its root" in refusal(path)


def test_lock_file_of_lmdb_that_is_garbage(path: Path) -> None:
    (path / "lock.mdb").write_bytes(b"garbage" * 2000)
    try:
        FlatStore.open(path, CONFIG).close()  # LMDB makes the file anew where nobody holds it
    except StoreError as error:
        assert "\n" not in str(error)


def test_permission_denied(path: Path) -> None:
    names = [path / "data.mdb", path / "lock.mdb", path / "writer.lock"]
    for name in names:
        name.chmod(0)
    was = os.geteuid()
    if was == 0:
        for folder in (path, *path.parents[:3]):
            folder.chmod(0o755)
        os.seteuid(65534)
    try:
        for open_store in (StateReader.open, FlatStore.open):
            with pytest.raises(StoreError, match="permission denied"):
                open_store(path, CONFIG)
    finally:
        os.seteuid(was)
        for name in names:
            name.chmod(0o644)


def test_no_store_is_made_where_something_lies(path: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="the directory is not empty"):
        FlatStore.create(path, Diff(), CONFIG)
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="not a directory"):
        FlatStore.create(tmp_path / "file", Diff(), CONFIG)
    with pytest.raises(StoreError, match="No such file"):
        FlatStore.create(tmp_path / "no" / "parent", Diff(), CONFIG)
    verify_store(path, CONFIG)


@pytest.mark.parametrize(
    ("allocation", "config_hash"),
    [(Diff({A: 0}), CONFIG), (Diff({A: 1}), b""), (Diff(codes={A: HASH}), CONFIG)],
)
def test_making_that_fails_leaves_nothing_behind(
    tmp_path: Path, allocation: Diff, config_hash: bytes
) -> None:
    with pytest.raises(StoreError):
        FlatStore.create(tmp_path / "s", allocation, config_hash)
    assert list(tmp_path.iterdir()) == []


def replace_value(table: str, key: bytes, value: bytes) -> Callable[..., None]:
    """An edit that writes one row."""

    def change(transaction: lmdb.Transaction[bytes], handle: Callable[[str], object]) -> None:
        assert transaction.get(key, None, handle(table)) is not None
        transaction.put(key, value, db=handle(table))

    return change


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (replace_value("codes", HASH, b"other"), "does not have its hash"),
        (replace_value("state", account_key(A), b"\x08"), "does not fit what comes after it"),
        (replace_value("history", account_key(A) + batch_key(3), b"\x01"), "do not have their hash"),
        (
            replace_value("history", account_key(A) + batch_key(3), b"\x07"),
            "does not fit what comes after it",
        ),
        (replace_value("history", account_key(A) + batch_key(3), b"\x00\x01"), "do not have their hash"),
        (replace_value("history", slot_key(A, 1) + batch_key(3), b"\x01" * 33), "do not have their hash"),
    ],
)
def test_a_changed_row_is_found_by_the_whole_check(
    path: Path, change: Callable[..., None], complaint: str
) -> None:
    edit(path, change)
    with pytest.raises(StoreError, match=complaint):
        verify_store(path, CONFIG)


@pytest.mark.parametrize("table", ["state", "history", "batches", "codes", "tree"])
def test_any_changed_row_is_found_by_the_whole_check(path: Path, tmp_path: Path, table: str) -> None:
    with StateReader.open(path, CONFIG) as store:
        keys = [key for key, _ in store.reads.transaction.cursor(getattr(store.tables, table))]
    source = random.Random(table)
    for number, key in enumerate(source.sample(keys, min(12, len(keys)))):
        copy = tmp_path / f"copy{number}"
        shutil.copytree(path, copy)

        def change(
            transaction: lmdb.Transaction[bytes], handle: Callable[[str], object], key: bytes = key
        ) -> None:
            value = bytearray(transaction.get(key, b"", handle(table)))
            if value:
                value[source.randrange(len(value))] ^= 1 << source.randrange(8)
            else:
                value.append(1 + source.randrange(255))
            transaction.put(key, bytes(value), db=handle(table))

        edit(copy, change)
        with pytest.raises(StoreError, match="damaged"):
            verify_store(copy, CONFIG)


def test_pages_that_were_overwritten_are_found_without_lmdb(path: Path) -> None:
    verify_pages(path)
    with FlatStore.open(path, CONFIG) as store:
        last = store._environment.info()["last_pgno"]
    source = random.Random(3)
    data = bytearray((path / "data.mdb").read_bytes())
    for page in range(2, last + 1):
        data[page * 4096 : page * 4096 + 16] = source.randbytes(16)
    (path / "data.mdb").write_bytes(data)
    with pytest.raises(StoreError, match="damaged"):
        verify_store(path, CONFIG)


def test_opening_a_store_with_overwritten_pages_never_shows_a_traceback(path: Path, tmp_path: Path) -> None:
    """Whatever LMDB does with such pages, its process answers with one line or is whole."""
    program = (
        "import sys\n"
        "from offchain.errors import StoreError\n"
        "from offchain.state.verify import verify_store\n"
        "for path in sys.argv[1:]:\n"
        "    try:\n"
        "        verify_store(path)\n"
        "        print('whole')\n"
        "    except StoreError as error:\n"
        "        print('refused:', error)\n"
    )
    with FlatStore.open(path, CONFIG) as store:
        last = store._environment.info()["last_pgno"]
    source = random.Random(4)
    copies = []
    for number in range(30):
        copy = tmp_path / f"copy{number}"
        shutil.copytree(path, copy)
        with (copy / "data.mdb").open("r+b") as file:
            file.seek(source.randrange(2, last + 1) * 4096 + source.choice([0, 8, 10, 12, 16, 18]))
            file.write(source.randbytes(source.choice([1, 2, 40])))
        copies.append(str(copy))
    ran = subprocess.run(
        [sys.executable, "-c", program, *copies], capture_output=True, text=True, check=False, timeout=120
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    lines = ran.stdout.splitlines()
    assert len(lines) == len(copies)
    assert any(line.startswith("refused:") for line in lines)
