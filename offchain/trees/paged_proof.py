"""Checking proofs about paged bytes from a root alone; twin of the proofs in `PagedBytes.sol`.

One format serves all: a proof of ``count`` neighbouring pages (numbers are bytes)::

    count pages: length 2 | [code: first instruction 1] | the page without its trailing zeros
    bitmap 4 | siblings 32 each

The siblings are those at the two borders, from the pages upwards, at each height left before right. Bit 2**i
of the bitmap is set if the i-th of them is not the zero subtree of its height; only those follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from offchain.errors import ProofError
from offchain.trees.code_pages import MAX_FIRST_INSTRUCTION, code_leaf
from offchain.trees.paged_bytes import (
    DEPTH,
    MAX_PAGES,
    MAX_SIZE,
    PAGE_SIZE,
    ZERO_HASHES,
    fold_range,
    page_leaf,
)
from offchain.trees.slices import CODE, DATA, Slice

__all__ = [
    "PagesOpening",
    "open_pages",
    "read_page",
    "read_range",
    "read_slice",
    "root_with_pages",
    "write_page",
    "write_range",
]

BITMAP_SIZE: Final = 4


@dataclass(frozen=True, slots=True)
class PagesOpening:
    """Checked neighbouring pages: the first one's index, their bytes together, and what stands beside them.

    ``first_instruction`` is that of the first of the pages of CODE, 0 for DATA.
    """

    kind: int
    first: int
    count: int
    pages: bytes
    first_instruction: int
    siblings: tuple[bytes | None, ...]


def open_pages(
    root: bytes, kind: int, first: int, count: int, witness: bytes, offset: int = 0
) -> tuple[PagesOpening, int]:
    """Check the pages ``first`` to ``first + count - 1`` of a tree of plain bytes (DATA) or of CODE."""
    if kind not in (DATA, CODE):
        raise ProofError(f"unknown kind of paged bytes: {kind}")
    if count <= 0 or first < 0 or first + count > MAX_PAGES:
        raise ProofError(f"there are no {count} pages from page {first} on")
    end = offset
    pages: list[bytes] = []
    firsts: list[int] = []
    leaves: list[bytes] = []
    for _ in range(count):
        head, end = _take(witness, end, 2)
        length = int.from_bytes(head, "big")
        if length > PAGE_SIZE:
            raise ProofError(f"a page of {length} bytes")
        head, end = _take(witness, end, 1) if kind == CODE else (b"\0", end)
        first_instruction = head[0]
        if first_instruction > MAX_FIRST_INSTRUCTION:
            raise ProofError(f"the first instruction of a page lies at {first_instruction}")
        firsts.append(first_instruction)
        content, end = _take(witness, end, length)
        if length and content[-1] == 0:
            raise ProofError("a page is given with trailing zeros")
        page = content + bytes(PAGE_SIZE - length)
        pages.append(page)
        leaves.append(code_leaf(page, first_instruction) if kind == CODE else page_leaf(page))
    siblings, end = _read_siblings(first, count, witness, end)
    computed = fold_range(leaves, first, siblings)
    if computed != root:
        raise ProofError(f"the proof is for the root {computed.hex()}, not for {root.hex()}")
    return PagesOpening(kind, first, count, b"".join(pages), firsts[0], siblings), end


def root_with_pages(opening: PagesOpening, pages: bytes) -> bytes:
    """The root once plain bytes (DATA) have ``pages`` in place of those that were opened."""
    if opening.kind != DATA:
        raise ProofError("code is never written to")
    if len(pages) != opening.count * PAGE_SIZE:
        raise ProofError(f"{len(pages)} bytes are no {opening.count} pages")
    leaves = [page_leaf(pages[at : at + PAGE_SIZE]) for at in range(0, len(pages), PAGE_SIZE)]
    return fold_range(leaves, opening.first, opening.siblings)


def read_page(root: bytes, index: int, witness: bytes, offset: int = 0) -> tuple[bytes, int]:
    """(page, end) of one page of plain bytes."""
    opening, end = open_pages(root, DATA, index, 1, witness, offset)
    return opening.pages, end


def write_page(root: bytes, index: int, page: bytes, witness: bytes, offset: int = 0) -> tuple[bytes, int]:
    """(new root, end) once page ``index`` is ``page``; the proof shows the page before."""
    opening, end = open_pages(root, DATA, index, 1, witness, offset)
    return root_with_pages(opening, page), end


def read_range(
    root: bytes, kind: int, at: int, size: int, witness: bytes, offset: int = 0
) -> tuple[bytes, int]:
    """(bytes, end) of ``size`` bytes from ``at`` on; no proof is read for size 0."""
    if size == 0:
        return b"", offset
    opening, end, skew = _open_range(root, kind, at, size, witness, offset)
    return opening.pages[skew : skew + size], end


def write_range(root: bytes, at: int, data: bytes, witness: bytes, offset: int = 0) -> tuple[bytes, int]:
    """(new root, end) once ``data`` is written at ``at``; no proof is read for empty data."""
    if not data:
        return root, offset
    opening, end, skew = _open_range(root, DATA, at, len(data), witness, offset)
    pages = opening.pages
    return root_with_pages(opening, pages[:skew] + data + pages[skew + len(data) :]), end


def read_slice(source: Slice, at: int, size: int, witness: bytes, offset: int = 0) -> tuple[bytes, int]:
    """(bytes, end) of ``size`` bytes of a slice from ``at`` on; behind its end all is zero, unproven."""
    available = source.available(at, size)
    if available == 0:
        return bytes(size), offset
    data, end = read_range(source.root, source.kind, source.offset + at, available, witness, offset)
    return data + bytes(size - available), end


def _open_range(
    root: bytes, kind: int, at: int, size: int, witness: bytes, offset: int
) -> tuple[PagesOpening, int, int]:
    """(opening, end, position of ``at`` in its pages)."""
    if at < 0 or at + size > MAX_SIZE:
        raise ProofError(f"{size} bytes from {at} on lie outside the tree")
    first = at // PAGE_SIZE
    count = (at + size - 1) // PAGE_SIZE - first + 1
    opening, end = open_pages(root, kind, first, count, witness, offset)
    return opening, end, at % PAGE_SIZE


def _read_siblings(
    first: int, count: int, witness: bytes, offset: int
) -> tuple[tuple[bytes | None, ...], int]:
    head, end = _take(witness, offset, BITMAP_SIZE)
    bitmap = int.from_bytes(head, "big")
    siblings: list[bytes | None] = []
    last = first + count - 1
    for height in range(DEPTH):
        for wanted in (first & 1, ~last & 1):
            if not wanted:
                continue
            sibling = None
            if bitmap & 1:
                sibling, end = _take(witness, end, 32)
                if sibling == ZERO_HASHES[height]:
                    raise ProofError("a zero subtree is given in full")
            siblings.append(sibling)
            bitmap >>= 1
        first >>= 1
        last >>= 1
    if bitmap:
        raise ProofError("the bitmap names siblings that are not there")
    return tuple(siblings), end


def _take(witness: bytes, offset: int, size: int) -> tuple[bytes, int]:
    end = offset + size
    if offset < 0 or end > len(witness):
        raise ProofError(f"the witness ends at {len(witness)}, {end} bytes are wanted")
    return witness[offset:end], end
