"""A damaged, foreign or absent store is refused with one clear line, and never changed by the attempt."""

from __future__ import annotations

import os
import struct
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import lmdb
import pytest

from offchain.errors import StoreError
from offchain.state.diff import Diff
from offchain.state.flat_store import FlatStore
from offchain.state.reader import StateReader
from offchain.state.records import StoreHeader, batch_key
from offchain.state.tables import HEADER_KEY
from offchain.state.verify import verify_store
from tests.unit.state.state_model import CONFIG
from tests.unit.state.store_damage import HASH, A, edit, sound_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """See `sound_store`."""
    sound_store(tmp_path / "store")
    return tmp_path / "store"


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
        for folder in (path, *path.parents):
            if folder.owner() == "root" and folder.is_relative_to(tempfile.gettempdir()):
                folder.chmod(folder.stat().st_mode | 0o055)
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


def test_a_header_that_names_more_batches_than_are_kept_is_told_in_batches(path: Path) -> None:
    def change(transaction: lmdb.Transaction[bytes], table: Callable[[str], object]) -> None:
        header = StoreHeader.decode(transaction.get(HEADER_KEY, None, table("meta")))
        transaction.put(HEADER_KEY, replace(header, head=header.head + 1).encode(), db=table("meta"))

    edit(path, change)
    assert "damaged: 4 batches are kept instead of 0 to 4" in refusal(path)
