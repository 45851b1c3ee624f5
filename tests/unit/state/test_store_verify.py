"""The whole check of a store finds every change, down to one byte of one row."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import lmdb
import pytest

from offchain.errors import StoreError
from offchain.state.flat_store import FlatStore
from offchain.state.keys import account_key, slot_key
from offchain.state.reader import StateReader
from offchain.state.records import batch_key
from offchain.state.verify import verify_pages, verify_store
from tests.unit.state.state_model import CONFIG
from tests.unit.state.store_damage import HASH, A, edit, sound_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """See `sound_store`."""
    sound_store(tmp_path / "store")
    return tmp_path / "store"


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
        (replace_value("history", account_key(A) + batch_key(3), b"\x00\x01"), "is malformed"),
        (replace_value("history", slot_key(A, 1) + batch_key(3), b"\x01" * 33), "is malformed"),
        (replace_value("batches", batch_key(2), b"short"), "is cut off"),
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
