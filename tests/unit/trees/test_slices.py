"""Slices: somebody else's bytes, and zeros behind them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offchain.errors import ProofError
from offchain.trees.paged_bytes import MAX_SIZE
from offchain.trees.paged_proof import read_slice
from offchain.trees.paged_tree import PagedTree
from offchain.trees.slices import CODE, DATA, EMPTY, EMPTY_SLICE, SLICE_SIZE, Slice

CONTENT = bytes(range(1, 251)) * 4
TREE = PagedTree(CONTENT)


@given(
    st.integers(0, 900),
    st.integers(0, 100),
    st.one_of(st.integers(0, 1200), st.just(1 << 255)),
    st.integers(0, 700),
)
def test_a_slice_reads_its_bytes_and_zeros_behind(offset: int, size: int, at: int, length: int) -> None:
    source = Slice.of(DATA, TREE.root, offset, size)
    available = source.available(at, length)
    witness = TREE.prove_range(offset + at, available) if available else b""
    expected = CONTENT[offset : offset + size][at : at + length] if at <= size else b""
    assert read_slice(source, at, length, witness) == (expected.ljust(length, b"\0"), len(witness))


def test_the_tree_behind_the_end_of_a_slice_is_not_seen() -> None:
    source = Slice.of(DATA, TREE.root, 10, 5)
    data, _ = read_slice(source, 0, 32, TREE.prove_range(10, 5))
    assert data == CONTENT[10:15] + bytes(27)


def test_a_slice_of_size_zero_has_one_form_and_needs_no_tree() -> None:
    assert Slice.of(DATA, b"\x01" * 32, 99, 0) is Slice.of(CODE, bytes(32), 0, 0) is EMPTY_SLICE
    assert read_slice(EMPTY_SLICE, 7, 64, b"") == (bytes(64), 0)


def test_a_part_of_a_slice_is_a_slice_of_the_same_tree() -> None:
    source = Slice.of(DATA, TREE.root, 100, 50)
    assert source.part(10, 20) == Slice(DATA, TREE.root, 110, 20)
    assert source.part(50, 0) is EMPTY_SLICE
    for at, size in ((31, 20), (-1, 2), (0, 51)):
        with pytest.raises(ProofError):
            source.part(at, size)


def test_a_slice_that_leaves_the_tree_is_refused() -> None:
    assert Slice.of(DATA, TREE.root, MAX_SIZE - 1, 1).size == 1
    for offset, size in ((MAX_SIZE, 1), (-1, 1), (0, MAX_SIZE + 1)):
        with pytest.raises(ProofError):
            Slice.of(DATA, TREE.root, offset, size)
    with pytest.raises(ProofError):
        Slice.of(EMPTY, TREE.root, 0, 1)


def test_the_encoding_has_one_width_and_tells_slices_apart() -> None:
    some = [Slice.of(DATA, TREE.root, 1, 2), Slice.of(CODE, TREE.root, 1, 2), Slice.of(DATA, TREE.root, 2, 1)]
    encoded = {one.encode() for one in [*some, EMPTY_SLICE]}
    assert len(encoded) == 4
    assert {len(one) for one in encoded} == {SLICE_SIZE}
