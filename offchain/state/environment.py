"""The LMDB environment under a store: its files, its locks, its growth, and the check before LMDB sees it.

LMDB maps its data file and trusts it: a file shorter than its pages ends the process with SIGBUS. So the two
meta pages are read here first. Our data file is always as long as its map (a sparse tail), so that "shorter
than the last page" is a sure sign of truncation; LMDB by itself may leave unwritten free pages past the end.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import lmdb

from offchain.errors import StoreError

__all__ = [
    "DATA_FILE",
    "INITIAL_MAP_SIZE",
    "WRITER_FILE",
    "DataFile",
    "WriterLock",
    "ensure_map",
    "extend",
    "grow",
    "open_environment",
    "read_data_file",
    "remove_files",
    "store_errors",
    "sync_directory",
]

DATA_FILE: Final = "data.mdb"
LOCK_FILE: Final = "lock.mdb"
WRITER_FILE: Final = "writer.lock"
INITIAL_MAP_SIZE: Final = 16 * 2**20

_MAGIC: Final = 0xBEEFC0DE
_DATA_VERSION: Final = 1
_META_FLAG: Final = 0x08
_PAGE_HEADER: Final = struct.Struct("=QHHHH")
# magic, version, map address, map size, then two database records of 48 bytes, last page, transaction.
_META: Final = struct.Struct("=IIQQ48s48sQQ")
_PAGE_SIZE: Final = struct.Struct("=I")
_FULL: Final = frozenset({errno.ENOSPC, errno.EFBIG, errno.EDQUOT})
_MAP_STEP: Final = 2**16  # a multiple of every page size in use
_MAX_READERS: Final = 126
_MAX_TABLES: Final = 8


@dataclass(frozen=True, slots=True)
class DataFile:
    """What the meta pages of a data file say: sizes in bytes."""

    map_size: int
    used_size: int
    file_size: int


@contextlib.contextmanager
def store_errors(path: Path) -> Iterator[None]:
    """Turns what LMDB and the system say into a `StoreError` of one line that names the store."""
    try:
        yield
    except lmdb.MapFullError:
        raise
    except lmdb.Error as error:
        raise StoreError(f"store {path}: {_reason(error.code, str(error))}") from error
    except OSError as error:
        raise StoreError(
            f"store {path}: {_reason(error.errno or 0, error.strerror or str(error))}"
        ) from error


def _reason(code: int, text: str) -> str:
    if code in _FULL:
        return "the disk is full; nothing of the unfinished write was kept"
    if code == errno.EIO:  # what LMDB makes of a write that came out short
        return "the disk is full or fails; nothing of the unfinished write was kept"
    if code in (errno.EACCES, errno.EPERM):
        return "permission denied"
    if code == errno.EROFS:
        return "the file system is read-only"
    return " ".join(text.split())


def read_data_file(path: Path) -> DataFile:
    """Checks the meta pages of the store's data file; raises `StoreError` if absent, foreign or truncated."""
    if not path.exists():
        raise StoreError(f"store {path}: no such directory")
    if not path.is_dir():
        raise StoreError(f"store {path}: not a directory")
    data_path = path / DATA_FILE
    if not data_path.exists():
        raise StoreError(f"store {path}: there is no store in this directory ({DATA_FILE} is missing)")
    with store_errors(path), data_path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        first = file.read(_PAGE_HEADER.size + _META.size)
        page_size = _page_size(path, first)
        file.seek(page_size)
        second = file.read(_PAGE_HEADER.size + _META.size)
    metas = [_meta(path, first, 0), _meta(path, second, 1)]
    map_size, last_page, _ = max(metas, key=lambda meta: meta[2])
    used = (last_page + 1) * page_size
    if size < used:
        raise StoreError(f"store {path}: {DATA_FILE} is truncated: {size} bytes instead of at least {used}")
    return DataFile(map_size=max(map_size, used), used_size=used, file_size=size)


def _page_size(path: Path, first: bytes) -> int:
    if len(first) < _PAGE_HEADER.size + _META.size:
        raise StoreError(f"store {path}: {DATA_FILE} is truncated: {len(first)} bytes, less than its header")
    _meta(path, first, 0)
    (page_size,) = _PAGE_SIZE.unpack_from(first, _PAGE_HEADER.size + 24)
    if page_size & page_size - 1 or not 512 <= page_size <= 65536:
        raise StoreError(f"store {path}: {DATA_FILE} is damaged: page size {page_size}")
    return int(page_size)


def _meta(path: Path, page: bytes, number: int) -> tuple[int, int, int]:
    """(map size, last page, transaction) of a meta page."""
    if len(page) < _PAGE_HEADER.size + _META.size:
        raise StoreError(f"store {path}: {DATA_FILE} is truncated in its header")
    _, _, flags, _, _ = _PAGE_HEADER.unpack_from(page)
    magic, version, _, map_size, _, _, last_page, transaction = _META.unpack_from(page, _PAGE_HEADER.size)
    if magic != _MAGIC or flags != _META_FLAG:
        raise StoreError(f"store {path}: {DATA_FILE} is no LMDB file of a {sys.byteorder}-endian machine")
    if version != _DATA_VERSION:
        raise StoreError(f"store {path}: {DATA_FILE} has LMDB format {version} instead of {_DATA_VERSION}")
    return map_size, last_page, transaction


class WriterLock:
    """The right to write: an exclusive file lock, held until `release` or the end of the process."""

    __slots__ = ("_descriptor",)

    def __init__(self, path: Path) -> None:
        with store_errors(path):
            self._descriptor = os.open(path / WRITER_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                holder = os.read(self._descriptor, 20).decode("ascii", "replace").strip() or "unknown"
                os.close(self._descriptor)
                message = f"store {path}: locked by another writer (process {holder})"
                raise StoreError(message) from error
            if not self._is_in_place(path):
                os.close(self._descriptor)
                raise StoreError(f"store {path}: another process has just given up making it; try again")
            os.ftruncate(self._descriptor, 0)
            os.write(self._descriptor, f"{os.getpid()}\n".encode())

    def _is_in_place(self, path: Path) -> bool:
        """Whether the locked file is still the one of that name: a maker that fails removes its own."""
        try:
            return os.path.samestat(os.fstat(self._descriptor), (path / WRITER_FILE).stat())
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Gives the right back; harmless when repeated."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def open_environment(path: Path, map_size: int, *, read_only: bool, durable: bool) -> lmdb.Environment:
    """Opens the LMDB files in ``path`` with a map of ``map_size`` bytes.

    Not ``durable`` leaves flushing to the operating system: a killed process loses nothing, a power cut may.
    """
    with store_errors(path):
        environment = lmdb.open(
            str(path),
            map_size=map_size,
            readonly=read_only,
            create=not read_only,
            sync=durable,
            metasync=durable,
            readahead=False,  # reads are random; read-ahead would fill memory with pages nobody asked for
            meminit=False,
            max_readers=_MAX_READERS,
            max_dbs=_MAX_TABLES,
            max_spare_txns=2,
            mode=0o644,
        )
        if not read_only:
            environment.reader_check()  # frees the reader slots of killed processes, which pin old pages
    return environment


def grow(path: Path, environment: lmdb.Environment, max_size: int | None) -> None:
    """Enlarges the map by half; no transaction may be open. `StoreError` at ``max_size`` or a full disk."""
    if not ensure_map(path, environment, environment.info()["map_size"] * 3 // 2, max_size):
        message = f"store {path}: full: limited to {max_size} bytes; nothing of the last write was kept"
        raise StoreError(message)


def ensure_map(path: Path, environment: lmdb.Environment, size: int, max_size: int | None) -> bool:
    """Enlarges the map to ``size`` bytes or to ``max_size``; no transaction may be open. Whether it did."""
    wanted = -(-size // _MAP_STEP) * _MAP_STEP
    if max_size is not None:
        wanted = min(wanted, max_size // _MAP_STEP * _MAP_STEP)
    if wanted <= environment.info()["map_size"]:
        return False
    with store_errors(path):
        extend(path, wanted)
        environment.set_mapsize(wanted)
    return True


def extend(path: Path, size: int) -> None:
    """Makes the data file at least as long as the map; the new part is a hole that takes no space yet."""
    data_path = path / DATA_FILE
    with store_errors(path):
        if data_path.stat().st_size < size:
            os.truncate(data_path, size)


def sync_directory(path: Path) -> None:
    """Flushes the directory entries of files that were just made."""
    with store_errors(path):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def remove_files(path: Path, *, with_directory: bool) -> None:
    """Takes away the files of a store whose making failed, and the directory if it was made for it."""
    for name in (DATA_FILE, LOCK_FILE, WRITER_FILE):
        (path / name).unlink(missing_ok=True)
    if with_directory:
        with contextlib.suppress(OSError):
            path.rmdir()
