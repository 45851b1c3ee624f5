"""Paged bytes: a byte string as a binary Merkle tree of pages, always of one depth; twin of `PagedBytes.sol`.

`page leaf = H(0x02 ‖ page)`, `page node = H(0x03 ‖ left ‖ right)`. What lies behind the end of the string is
zero, so a tree of any string has `MAX_PAGES` leaves, and a subtree of zero pages has a constant hash. The
size is no part of the root: it is kept beside it. Code has another leaf form, see `code_pages`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sha3 import keccak_256

from offchain.errors import InputError

__all__ = [
    "DEPTH",
    "MAX_PAGES",
    "MAX_SIZE",
    "PAGE_NODE_TAG",
    "PAGE_SIZE",
    "PAGE_TAG",
    "ZERO_HASHES",
    "ZERO_PAGE",
    "ZERO_ROOT",
    "fold_range",
    "page_leaf",
    "page_node",
    "paged_root",
    "pages_of",
]

PAGE_SIZE: Final = 256
"""Bytes of a page. All else is derived from it; `PagedBytes.sol` has the same constant."""
MAX_SIZE: Final = 1 << 22
MAX_PAGES: Final = MAX_SIZE // PAGE_SIZE
DEPTH: Final = MAX_PAGES.bit_length() - 1
PAGE_TAG: Final = b"\x02"
PAGE_NODE_TAG: Final = b"\x03"
ZERO_PAGE: Final = bytes(PAGE_SIZE)


def page_leaf(page: bytes) -> bytes:
    """Hash of a page of exactly `PAGE_SIZE` bytes."""
    digest: bytes = keccak_256(b"\x02" + page).digest()
    return digest


def page_node(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node from its two children."""
    digest: bytes = keccak_256(b"\x03" + left + right).digest()
    return digest


def _zero_hashes() -> tuple[bytes, ...]:
    hashes = [page_leaf(ZERO_PAGE)]
    for _ in range(DEPTH):
        hashes.append(page_node(hashes[-1], hashes[-1]))
    return tuple(hashes)


ZERO_HASHES: Final = _zero_hashes()
"""Hash of the all-zero subtree by height: 0 is a page, `DEPTH` the whole tree."""
ZERO_ROOT: Final = ZERO_HASHES[DEPTH]


def pages_of(data: bytes) -> list[bytes]:
    """``data`` cut into whole pages, the last one filled up with zeros."""
    if len(data) > MAX_SIZE:
        raise InputError(f"{len(data)} bytes do not fit into the {MAX_SIZE} bytes of a paged tree")
    padded = bytes(data) + bytes(-len(data) % PAGE_SIZE)
    return [padded[at : at + PAGE_SIZE] for at in range(0, len(padded), PAGE_SIZE)]


def paged_root(data: bytes) -> bytes:
    """Root of the tree of ``data`` (at most `MAX_SIZE` bytes)."""
    leaves = [keccak_256(b"\x02" + page).digest() for page in pages_of(data)]
    return fold_range(leaves, 0, ()) if leaves else ZERO_ROOT


def fold_range(hashes: list[bytes], first: int, siblings: Sequence[bytes | None]) -> bytes:
    """The root from neighbouring leaves, the first of which is page ``first``.

    ``siblings`` are those at the two borders in the order in which they are wanted: from the pages upwards,
    at each height left before right. None, and every one missing at the end, stands for a zero subtree.
    """
    given = iter(siblings)
    level = hashes
    for zero in ZERO_HASHES[:DEPTH]:
        if first & 1:
            level = [next(given, None) or zero, *level]
        if len(level) & 1:
            level = [*level, next(given, None) or zero]
        level = [keccak_256(b"\x03" + level[at] + level[at + 1]).digest() for at in range(0, len(level), 2)]
        first >>= 1
    return level[0]
