"""Code as paged bytes: a page's leaf also says where in the page the first instruction begins.

`code leaf = H(0x04 ‖ first instruction ‖ page)` for every page that holds at least one byte of the code;
the pages behind it are plain zero pages, so that code shares the zero constants of all paged bytes. The first
instruction is 0 to 32: so many bytes at the start of the page are data of a PUSH of the page before.
"""

from __future__ import annotations

import re
from typing import Final

from sha3 import keccak_256

from offchain.trees.paged_bytes import PAGE_SIZE, ZERO_ROOT, fold_range, pages_of

__all__ = [
    "CODE_PAGE_TAG",
    "MAX_FIRST_INSTRUCTION",
    "code_leaf",
    "code_root",
    "first_instructions",
    "is_instruction",
]

CODE_PAGE_TAG: Final = b"\x04"
MAX_FIRST_INSTRUCTION: Final = 32
_PUSH: Final = re.compile(rb"[\x60-\x7f]")
_PUSH0: Final = 0x5F

assert PAGE_SIZE > MAX_FIRST_INSTRUCTION, "the data of one PUSH may reach into the next page only"


def code_leaf(page: bytes, first_instruction: int) -> bytes:
    """Hash of a page of code of exactly `PAGE_SIZE` bytes."""
    digest: bytes = keccak_256(b"\x04" + bytes([first_instruction]) + page).digest()
    return digest


def first_instructions(code: bytes) -> list[int]:
    """For each page of ``code`` the offset in it of its first instruction, 0..32."""
    offsets = [0] * (-(-len(code) // PAGE_SIZE))
    at = 0
    while (push := _PUSH.search(code, at)) is not None:
        start = push.start()
        at = start + 1 + code[start] - _PUSH0
        page = start // PAGE_SIZE + 1
        if at > page * PAGE_SIZE and page < len(offsets):
            offsets[page] = at - page * PAGE_SIZE
    return offsets


def code_root(code: bytes) -> bytes:
    """Root of the tree of ``code``."""
    firsts = first_instructions(code)
    leaves = [code_leaf(page, first) for page, first in zip(pages_of(code), firsts, strict=True)]
    return fold_range(leaves, 0, ()) if leaves else ZERO_ROOT


def is_instruction(page: bytes, first_instruction: int, index: int) -> bool:
    """Whether byte ``index`` of a page of code is an instruction and not data of a PUSH."""
    if index >= len(page):
        return False
    at = first_instruction
    while at < index:
        opcode = page[at]
        at += opcode - _PUSH0 + 1 if 0x60 <= opcode <= 0x7F else 1
    return at == index
