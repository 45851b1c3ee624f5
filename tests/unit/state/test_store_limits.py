"""A store that can't grow, because of a limit or a full disk, says so in one line and has lost nothing."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from offchain.errors import StoreError
from offchain.state.diff import Diff
from offchain.state.environment import INITIAL_MAP_SIZE
from offchain.state.flat_store import FlatStore
from offchain.state.verify import verify_store
from tests.unit.state.state_model import CONFIG

ROOT = Path(__file__).parents[3]

# A process whose files may not pass a size meets the same failed write as one on a full disk.
FULL_DISK = """
import resource, sys
from offchain.errors import StoreError
from offchain.state.flat_store import FlatStore
from tests.unit.state.test_store_limits import CONFIG, big_diff

path, limit = sys.argv[1], int(sys.argv[2])
with FlatStore.open(path, CONFIG) as store:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    number = store.head
    try:
        while True:
            store.apply(number + 1, big_diff(number + 1))
            number += 1
    except StoreError as error:
        print(error)
    print(number == store.head)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    store.apply(number + 1, big_diff(number + 1))
    print(store.head)
"""


def big_diff(number: int) -> Diff:
    """Some thousand accounts that no other number has."""
    source = random.Random(number)
    return Diff({source.randbytes(20): 1 + source.getrandbits(200) for _ in range(8000)})


def test_a_size_limit_is_kept_and_nothing_is_lost(tmp_path: Path) -> None:
    path, limit = tmp_path / "s", INITIAL_MAP_SIZE + 2**20
    with FlatStore.create(path, big_diff(0), CONFIG, durable=False, max_size=limit) as store:
        with pytest.raises(StoreError, match=f"full: limited to {limit} bytes") as caught:
            for number in range(1, 1000):
                store.apply(number, big_diff(number))
        head = store.head
        assert 1 < head < 100
        assert "\n" not in str(caught.value)
        for address, account in big_diff(head).accounts.items():
            assert store.account(address) == account
        assert not any(store.account(address) for address in big_diff(head + 1).accounts)
    assert (path / "data.mdb").stat().st_size <= limit
    assert verify_store(path, CONFIG).head == head
    with FlatStore.open(path, CONFIG, durable=False) as store:
        store.apply(head + 1, big_diff(head + 1))


def test_making_a_store_beyond_its_limit_leaves_nothing(tmp_path: Path) -> None:
    path, extra = tmp_path / "s", bytes(INITIAL_MAP_SIZE)
    with pytest.raises(StoreError, match="full: limited to"):
        FlatStore.create(path, Diff(), CONFIG, extra=extra, durable=False, max_size=INITIAL_MAP_SIZE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("limit", "complaint"),
    [(INITIAL_MAP_SIZE - 2**22, "the disk is full or fails"), (INITIAL_MAP_SIZE, "the disk is full")],
)
def test_a_full_disk_is_one_clear_line_and_nothing_is_lost(
    tmp_path: Path, limit: int, complaint: str
) -> None:
    """The write ends in the middle of a commit (below the map's end), or where the file would grow."""
    path = tmp_path / "s"
    FlatStore.create(path, big_diff(0), CONFIG, durable=False).close()
    ran = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path), str(limit)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.stderr == ""
    said, nothing_lost, head = ran.stdout.splitlines()
    assert said == f"store {path}: {complaint}; nothing of the unfinished write was kept"
    assert nothing_lost == "True"
    assert verify_store(path, CONFIG).head == int(head)
