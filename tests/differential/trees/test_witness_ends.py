"""A proof never goes on behind its witness, even where zeros follow that would complete it."""

from __future__ import annotations

import pytest

from offchain.errors import ProofError
from offchain.trees.paged_bytes import paged_root
from offchain.trees.paged_proof import read_range
from offchain.trees.paged_tree import PagedTree
from offchain.trees.slices import DATA
from offchain.trees.sparse_merkle_hash import node_hash
from offchain.trees.sparse_merkle_proof import lookup, remove_leftmost
from offchain.trees.sparse_merkle_tree import SparseMerkleTree
from tests.support.in_process import InProcess, Reverted

KEY, ZERO = bytes(31) + b"\x07", bytes(32)
LONE = SparseMerkleTree({KEY: ZERO})
PAGES = PagedTree(b"\x01")
BEFORE = b"before"


@pytest.fixture(scope="module")
def harness() -> InProcess:
    return InProcess("TreesHarness")


def test_whole_proofs_are_read_in_the_middle_of_a_witness(harness: InProcess) -> None:
    at = len(BEFORE)
    for behind in (b"", b"behind"):
        proof = LONE.prove(KEY)
        result = (True, ZERO, at + len(proof))
        assert lookup(LONE.root, KEY, BEFORE + proof + behind, at) == result
        assert harness.call("lookupAt", LONE.root, KEY, BEFORE + proof + behind, at) == result

        proof = LONE.prove_leftmost()
        leaf = (KEY, ZERO, ZERO, at + len(proof))
        assert remove_leftmost(LONE.root, BEFORE + proof + behind, at) == leaf
        assert harness.call("removeLeftmostAt", LONE.root, BEFORE + proof + behind, at) == leaf

        proof = PAGES.prove_pages(0)
        page = (b"\x01\x00", at + len(proof))
        assert read_range(PAGES.root, DATA, 0, 2, BEFORE + proof + behind, at) == page
        assert harness.call("readRangeAt", PAGES.root, 0, 2, BEFORE + proof + behind, at) == page


@pytest.mark.parametrize("missing", [1, 3, 4])
def test_missing_zeros_are_missed(harness: InProcess, missing: int) -> None:
    """ABI encoding puts zeros behind the witness, and calldata is zero behind its end."""
    witness = BEFORE + LONE.prove(KEY)[:-missing]
    with pytest.raises(ProofError, match="ends at"):
        lookup(LONE.root, KEY, witness, len(BEFORE))
    with pytest.raises(Reverted):
        harness.call("lookupAt", LONE.root, KEY, witness, len(BEFORE))

    witness = BEFORE + LONE.prove_leftmost()[:-missing]
    with pytest.raises(ProofError, match="ends at"):
        remove_leftmost(LONE.root, witness, len(BEFORE))
    with pytest.raises(Reverted):
        harness.call("removeLeftmostAt", LONE.root, witness, len(BEFORE))

    witness = BEFORE + PAGES.prove_pages(0)[:-missing]
    with pytest.raises(ProofError, match="ends at"):
        read_range(PAGES.root, DATA, 0, 1, witness, len(BEFORE))
    with pytest.raises(Reverted):
        harness.call("readRangeAt", PAGES.root, 0, 1, witness, len(BEFORE))


def test_an_offset_that_wraps_around_reads_nothing_before_the_witness(harness: InProcess) -> None:
    """At offset -32 the length word of the witness in calldata would be read as the head of a proof."""
    siblings = [b"\x11" * 32, b"\x22" * 32]
    witness = b"\0" + siblings[0] + siblings[1]
    assert (len(witness) << 8).bit_count() == len(siblings), "the length, one byte on, is the bitmap"
    root, mask, bitmap = ZERO, 1 << 8, len(witness) << 8
    given = iter(siblings)
    while mask < 1 << 256:
        sibling = next(given) if bitmap & mask else ZERO
        root = node_hash(root, sibling)
        mask <<= 1
    head = len(witness).to_bytes(32, "big")
    assert lookup(root, ZERO, head + witness) == (False, ZERO, len(head + witness)), (
        "as a witness it would do"
    )
    with pytest.raises(Reverted):
        harness.call("lookupAt", root, ZERO, witness, (1 << 256) - 32)


@pytest.mark.parametrize("offset", [7, 32, 1 << 255, (1 << 256) - 1])
def test_no_proof_begins_behind_the_witness(harness: InProcess, offset: int) -> None:
    empty = paged_root(b"")
    witness = bytes(6)
    with pytest.raises(ProofError):
        lookup(ZERO, KEY, witness, offset)
    for call in (
        ("lookupAt", ZERO, KEY, witness, offset),
        ("removeLeftmostAt", ZERO, witness, offset),
        ("readRangeAt", empty, 0, 1, witness, offset),
    ):
        with pytest.raises(Reverted):
            harness.call(*call)
