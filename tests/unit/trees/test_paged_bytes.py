"""Roots and proofs of paged bytes."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offchain.errors import InputError, ProofError
from offchain.trees.paged_bytes import (
    DEPTH,
    MAX_PAGES,
    MAX_SIZE,
    PAGE_SIZE,
    ZERO_HASHES,
    ZERO_ROOT,
    page_leaf,
    page_node,
    paged_root,
)
from offchain.trees.paged_proof import (
    open_pages,
    read_page,
    read_range,
    root_with_pages,
    write_page,
    write_range,
)
from offchain.trees.paged_tree import PagedTree
from offchain.trees.slices import CODE, DATA
from tests.support.trees import garbled, paged_root_by_definition

data = st.one_of(st.binary(max_size=64), st.binary(max_size=5 * PAGE_SIZE))
ranges = st.tuples(st.integers(0, 6 * PAGE_SIZE), st.integers(1, 3 * PAGE_SIZE))


def test_the_constants_fit_each_other() -> None:
    assert PAGE_SIZE * MAX_PAGES == MAX_SIZE == 1 << 22
    assert 1 << DEPTH == MAX_PAGES
    assert len(ZERO_HASHES) == DEPTH + 1


def test_the_root_is_that_of_the_definition() -> None:
    sample = bytes(range(256)) * 3 + b"end"
    assert paged_root(sample) == paged_root_by_definition(sample, MAX_SIZE)


def test_the_empty_string_has_the_root_of_zeros() -> None:
    assert paged_root(b"") == ZERO_ROOT == paged_root(bytes(1000)) == PagedTree().root


@given(data, st.integers(0, 3 * PAGE_SIZE))
def test_zeros_behind_the_end_leave_the_root(content: bytes, zeros: int) -> None:
    assert paged_root(content) == paged_root(content + bytes(zeros)) == PagedTree(content).root


def test_a_string_of_the_largest_size_has_a_root_and_a_longer_one_has_none() -> None:
    assert paged_root(b"\x01" * MAX_SIZE) == PagedTree(b"\x01" * MAX_SIZE).root
    with pytest.raises(InputError):
        paged_root(bytes(MAX_SIZE + 1))
    with pytest.raises(InputError):
        PagedTree(bytes(MAX_SIZE + 1))


@given(data, st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=600)), max_size=8))
def test_the_root_depends_on_the_bytes_and_not_on_their_history(
    start: bytes, writes: list[tuple[int, bytes]]
) -> None:
    tree, plain = PagedTree(start), bytearray(start) + bytes(3000)
    for at, content in writes:
        tree.write(at, content)
        plain[at : at + len(content)] = content
        assert tree.read(0, len(plain)) == plain
    assert tree.root == paged_root(bytes(plain))


@given(data, ranges)
def test_a_range_is_read_by_its_proof(content: bytes, where: tuple[int, int]) -> None:
    tree = PagedTree(content)
    witness = tree.prove_range(*where)
    assert read_range(tree.root, DATA, *where, witness) == (tree.read(*where), len(witness))


@given(data, st.integers(0, 5 * PAGE_SIZE), st.binary(min_size=1, max_size=2 * PAGE_SIZE))
def test_a_write_by_proof_gives_the_root_of_the_changed_bytes(content: bytes, at: int, new: bytes) -> None:
    tree = PagedTree(content)
    before, witness = tree.root, tree.prove_range(at, len(new))
    tree.write(at, new)
    assert write_range(before, at, new, witness) == (tree.root, len(witness))


@given(data, st.integers(0, MAX_PAGES - 1), st.binary(min_size=PAGE_SIZE, max_size=PAGE_SIZE))
def test_any_page_is_read_and_written(content: bytes, index: int, page: bytes) -> None:
    tree = PagedTree(content)
    before, witness = tree.root, tree.prove_pages(index)
    assert read_page(before, index, witness) == (tree.page(index), len(witness))
    new_root, _ = write_page(before, index, page, witness)
    tree.write(index * PAGE_SIZE, page)
    assert new_root == tree.root


@given(data, ranges, st.randoms(use_true_random=False))
def test_a_garbled_proof_never_passes(content: bytes, where: tuple[int, int], rng: random.Random) -> None:
    tree = PagedTree(content)
    honest = tree.prove_range(*where)
    witness = garbled(honest, rng)
    try:
        _, end = read_range(tree.root, DATA, *where, witness)
    except ProofError:
        return
    assert end != len(witness), "bytes are left over, which the last reader refuses"
    assert witness.startswith(honest)


def test_size_zero_reads_no_proof() -> None:
    assert read_range(ZERO_ROOT, DATA, 5, 0, b"abc", 1) == (b"", 1)
    assert write_range(ZERO_ROOT, 5, b"", b"abc", 1) == (ZERO_ROOT, 1)


def test_trailing_zeros_of_a_page_are_never_given() -> None:
    tree = PagedTree(b"\x01")
    honest = tree.prove_pages(0)
    assert honest == b"\x00\x01\x01" + bytes(4)
    with pytest.raises(ProofError, match="trailing zeros"):
        read_page(tree.root, 0, b"\x00\x02\x01\x00" + bytes(4))


def test_a_page_longer_than_a_page_fails() -> None:
    tree = PagedTree(b"\x01" * 2 * PAGE_SIZE)
    with pytest.raises(ProofError, match="a page of"):
        read_page(tree.root, 0, (PAGE_SIZE + 1).to_bytes(2, "big") + b"\x01" * 2000)


def test_a_zero_subtree_given_in_full_fails() -> None:
    tree = PagedTree(b"\x01")
    with pytest.raises(ProofError, match="in full"):
        read_page(tree.root, 0, b"\x00\x01\x01\x00\x00\x00\x01" + ZERO_HASHES[0])


def test_bits_for_siblings_that_are_not_there_fail() -> None:
    tree = PagedTree(b"\x01")
    for bit in range(DEPTH, 32):
        with pytest.raises(ProofError, match="not there"):
            read_page(tree.root, 0, b"\x00\x01\x01" + (1 << bit).to_bytes(4, "big") + bytes(32))


@pytest.mark.parametrize(("first", "count"), [(0, 0), (MAX_PAGES, 1), (0, MAX_PAGES + 1), (-1, 1), (5, -1)])
def test_pages_outside_the_tree_have_no_proof(first: int, count: int) -> None:
    with pytest.raises(ProofError, match="no"):
        open_pages(ZERO_ROOT, DATA, first, count, bytes(100))


def test_a_page_does_not_pass_for_another_kind_or_a_node() -> None:
    tree = PagedTree(b"\x60\x01")
    witness = tree.prove_pages(0)
    with pytest.raises(ProofError):
        open_pages(tree.root, CODE, 0, 1, witness[:2] + b"\0" + witness[2:])
    with pytest.raises(ProofError, match="unknown kind"):
        open_pages(tree.root, 0, 0, 1, witness)
    assert page_leaf(bytes(PAGE_SIZE)) != page_node(bytes(32), bytes(32))


def test_as_many_pages_are_written_as_were_opened() -> None:
    tree = PagedTree(b"\x01" * 3 * PAGE_SIZE)
    opening, _ = open_pages(tree.root, DATA, 0, 2, tree.prove_pages(0, 2))
    for size in (0, PAGE_SIZE, 2 * PAGE_SIZE - 1, 3 * PAGE_SIZE):
        with pytest.raises(ProofError):
            root_with_pages(opening, bytes(size))


def test_writes_outside_the_tree_are_refused() -> None:
    with pytest.raises(InputError):
        PagedTree().write(MAX_SIZE, b"\x01")
    with pytest.raises(ProofError):
        write_range(ZERO_ROOT, MAX_SIZE, b"\x01", b"")


@given(data, st.binary(min_size=1, max_size=300))
def test_a_copy_of_a_tree_lives_on_independently(content: bytes, new: bytes) -> None:
    tree = PagedTree(content)
    twin = tree.copy()
    tree.write(100, new)
    assert twin.root == paged_root(content)
