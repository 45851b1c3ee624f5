"""Pages of code know which of their bytes are instructions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offchain.errors import InputError, ProofError
from offchain.trees.code_pages import code_leaf, code_root, first_instructions, is_instruction
from offchain.trees.paged_bytes import PAGE_SIZE, ZERO_ROOT, fold_range, pages_of
from offchain.trees.paged_proof import open_pages, read_range, root_with_pages
from offchain.trees.paged_tree import PagedTree
from offchain.trees.slices import CODE

STOP, JUMPDEST, PUSH1, PUSH32 = b"\x00", b"\x5b", b"\x60", b"\x7f"

# PUSHes are frequent enough for their data to reach over the ends of pages.
codes = st.lists(
    st.one_of(st.binary(max_size=40), st.sampled_from([PUSH32, PUSH32 * 3, PUSH1, JUMPDEST * 50])),
    max_size=40,
).map(b"".join)


def instructions_of(code: bytes) -> set[int]:
    """Positions of instructions, by walking all of the code."""
    found, at = set(), 0
    while at < len(code):
        found.add(at)
        at += 1 + max(0, code[at] - 0x5F if code[at] <= 0x7F else 0)
    return found


@given(codes)
def test_every_page_shows_exactly_its_instructions(code: bytes) -> None:
    expected = instructions_of(code)
    firsts = first_instructions(code)
    for index, page in enumerate(pages_of(code)):
        size = min(PAGE_SIZE, len(code) - index * PAGE_SIZE)
        found = {index * PAGE_SIZE + at for at in range(size) if is_instruction(page, firsts[index], at)}
        assert found == {at for at in expected if at // PAGE_SIZE == index}


@given(codes)
def test_code_is_read_by_its_proof_with_the_first_instruction(code: bytes) -> None:
    tree = PagedTree(code, CODE)
    assert tree.root == code_root(code)
    for index, first in enumerate(first_instructions(code)):
        witness = tree.prove_pages(index)
        opening, end = open_pages(tree.root, CODE, index, 1, witness)
        assert (opening.first_instruction, end) == (first, len(witness))
        assert opening.pages == tree.page(index)


@pytest.mark.parametrize(("opcode_at", "first"), [(0, 0), (223, 0), (224, 1), (254, 31), (255, 32)])
def test_the_data_of_push32_reaches_into_the_next_page(opcode_at: int, first: int) -> None:
    code = STOP * opcode_at + PUSH32 + JUMPDEST * 300
    assert first_instructions(code)[1] == first


def test_a_push_cut_off_by_the_end_of_the_code_gives_no_further_page() -> None:
    code = STOP * (PAGE_SIZE - 1) + PUSH32
    assert first_instructions(code) == [0]
    assert code_root(code) == fold_range([code_leaf(code, 0)], 0, ())
    assert first_instructions(code + b"\x01") == [0, 32]


def test_no_code_has_the_root_of_zeros() -> None:
    assert code_root(b"") == ZERO_ROOT == PagedTree(b"", CODE).root


def test_zero_code_is_not_zero_data() -> None:
    assert code_root(b"\0") != ZERO_ROOT


def test_a_wrong_first_instruction_fails() -> None:
    code = STOP * 255 + PUSH32 + JUMPDEST * 300
    tree = PagedTree(code, CODE)
    honest = tree.prove_pages(1)
    for first in range(256):
        if first != 32:
            with pytest.raises(ProofError):
                open_pages(tree.root, CODE, 1, 1, honest[:2] + bytes([first]) + honest[3:])


def test_pages_behind_the_code_are_not_pages_of_code() -> None:
    tree = PagedTree(STOP * 300, CODE)
    with pytest.raises(InputError, match="behind the end"):
        tree.prove_pages(2)
    with pytest.raises(ProofError):
        open_pages(tree.root, CODE, 2, 1, b"\0\0\0" + bytes(4))


def test_code_is_never_written_to() -> None:
    tree = PagedTree(STOP * 300, CODE)
    opening, _ = open_pages(tree.root, CODE, 0, 1, tree.prove_pages(0))
    with pytest.raises(ProofError, match="never written"):
        root_with_pages(opening, bytes(PAGE_SIZE))
    with pytest.raises(InputError, match="never written"):
        tree.write(0, b"\x01")


def test_a_range_of_code_is_read_over_pages() -> None:
    code = bytes(range(256)) * 4
    tree = PagedTree(code, CODE)
    assert read_range(tree.root, CODE, 200, 600, tree.prove_range(200, 600))[0] == code[200:800]


def test_no_byte_outside_a_page_is_an_instruction() -> None:
    assert not is_instruction(bytes(PAGE_SIZE), 0, PAGE_SIZE)
