"""Paged bytes and code pages: Python and Solidity give the same results, and refuse the same proofs."""

from __future__ import annotations

import random

import pytest

from offchain.trees.code_pages import code_root, first_instructions, is_instruction
from offchain.trees.paged_bytes import DEPTH, MAX_PAGES, MAX_SIZE, PAGE_SIZE, ZERO_ROOT, paged_root, pages_of
from offchain.trees.paged_proof import open_pages
from offchain.trees.paged_tree import PagedTree
from offchain.trees.slices import CODE, DATA
from tests.support.in_process import InProcess, Reverted
from tests.support.tree_functions import PAGE_FUNCTIONS, pages_in_python, pages_in_solidity
from tests.support.trees import garbled, page_program

OPERATIONS_A_CALL = 50
SIZES = (0, 1, 31, 32, 33, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1, 3 * PAGE_SIZE, 5000, 24_576)


@pytest.fixture(scope="module")
def harness() -> InProcess:
    return InProcess("TreesHarness")


def push_heavy(rng: random.Random, size: int) -> bytes:
    """Code in which the data of many PUSHes reaches over the end of a page."""
    opcodes = rng.choice((b"\x7f\x7f\x5b", b"\x5b", b"\x60", bytes(range(256)), b"\x00\x7e\x70"))
    return bytes(rng.choice(opcodes) for _ in range(size))


@pytest.mark.parametrize("size", SIZES)
def test_roots_agree(harness: InProcess, size: int) -> None:
    rng = random.Random(size)
    for data in (rng.randbytes(size), bytes(size)):
        assert harness.call("rootOf", data) == harness.call("rootOfMemory", data) == (paged_root(data),)
        # What follows in calldata or memory must not leak into the last page.
        assert harness.call("codeRoot", data) == (code_root(data),)


def test_roots_agree_at_the_size_of_the_largest_order(harness: InProcess) -> None:
    data = random.Random(1).randbytes(1 << 20)
    assert harness.call("rootOf", data) == (paged_root(data),)


def test_solidity_refuses_more_than_the_tree_holds(harness: InProcess) -> None:
    with pytest.raises(Reverted):
        harness.call("rootOf", bytes(MAX_SIZE + 1))
    assert harness.call("rootOf", b"\x01" * MAX_SIZE) == (paged_root(b"\x01" * MAX_SIZE),)


def test_code_roots_agree(harness: InProcess) -> None:
    rng = random.Random(2)
    for _ in range(60):
        code = push_heavy(rng, rng.randrange(1, 6 * PAGE_SIZE))
        assert harness.call("codeRoot", code) == (code_root(code),)


def test_instructions_agree(harness: InProcess) -> None:
    rng = random.Random(3)
    for _ in range(20):
        code = push_heavy(rng, 3 * PAGE_SIZE)
        for page, first in zip(pages_of(code), first_instructions(code), strict=True):
            for at in rng.sample(range(PAGE_SIZE), 8):
                expected = is_instruction(page, first, at)
                assert harness.call("isInstruction", page, first, at) == (expected,)
    assert harness.call("isInstruction", bytes(PAGE_SIZE), 0, PAGE_SIZE) == (False,)


def run_operations(harness: InProcess, size: int, calls: int, seed: int) -> int:
    """Random reads and writes on a tree of at first ``size`` bytes; how many were run."""
    rng = random.Random(seed)
    tree = PagedTree(rng.randbytes(size))
    for _ in range(calls):
        before = tree.root
        program, digest = page_program(tree, OPERATIONS_A_CALL, rng)
        assert harness.call("runPages", before, program) == (digest, tree.root)
    return calls * OPERATIONS_A_CALL


@pytest.mark.parametrize("size", [0, 100, 5_000, 100_000])
def test_random_operations_agree(harness: InProcess, size: int) -> None:
    assert run_operations(harness, size, calls=2, seed=size) == 100


@pytest.mark.slow
@pytest.mark.parametrize("size", [0, 300, 5_000, 70_000])
def test_ten_thousand_random_operations_agree(harness: InProcess, size: int) -> None:
    assert run_operations(harness, size, calls=200, seed=1_000_000 + size) == 10_000


def compare_one(harness: InProcess, rng: random.Random, data: PagedTree, code: PagedTree, size: int) -> bool:
    """One function on one proof, honest or garbled; whether it was accepted, by both alike."""
    function = rng.choice(PAGE_FUNCTIONS)
    tree = code if function == "readCode" else data
    at = rng.randrange(size)
    length = rng.randrange(1, min(600, size - at) + 1)
    witness = tree.prove_range(at, length)
    if function == "writePage":
        at, length = at // PAGE_SIZE, PAGE_SIZE
        witness = tree.prove_pages(at)
    new = rng.choice((bytes(length), rng.randbytes(length)))
    honest = witness
    if rng.random() < 0.6:
        witness = garbled(witness, rng)
    ours = pages_in_python(function, tree.root, at, new, witness)
    theirs = pages_in_solidity(harness, function, tree.root, at, new, witness)
    assert ours == theirs, (function, at, witness.hex())
    assert ours is None or witness == honest, "a garbled proof was accepted"
    return ours is not None


@pytest.mark.parametrize("calls", [400, pytest.param(15_000, marks=pytest.mark.slow)])
def test_each_function_accepts_and_refuses_the_same_proofs(harness: InProcess, calls: int) -> None:
    rng = random.Random(calls)
    accepted, size = 0, 3_000
    sparse = b"".join(rng.choice((bytes(100), rng.randbytes(100))) for _ in range(size // 100))
    data, code = PagedTree(sparse), PagedTree(push_heavy(rng, size), CODE)
    accepted = sum(compare_one(harness, rng, data, code, size) for _ in range(calls))
    assert 0.3 * calls < accepted < 0.5 * calls


def test_the_constants_agree(harness: InProcess) -> None:
    """Depth and zero hashes of Solidity are literals that follow from the page size."""
    assert harness.call("rootOf", b"") == (ZERO_ROOT,)
    lone = PagedTree()
    lone.write(
        MAX_SIZE - 1, b"\x01"
    )  # the last page: every sibling on its way is a zero subtree of its height
    witness = lone.prove_pages(MAX_PAGES - 1)
    assert len(witness) == 2 + PAGE_SIZE + 4
    assert 1 << DEPTH == MAX_PAGES
    page = lone.page(MAX_PAGES - 1)
    assert harness.call("openPages", lone.root, DATA, MAX_PAGES - 1, 1, witness) == (page, 0)


@pytest.mark.parametrize(("first", "count"), [(0, 0), (MAX_PAGES, 1), (1, MAX_PAGES), ((1 << 256) - 1, 2)])
def test_pages_outside_the_tree_have_no_proof(harness: InProcess, first: int, count: int) -> None:
    with pytest.raises(Reverted):
        harness.call("openPages", ZERO_ROOT, DATA, first, count, bytes(4000))


def test_a_first_instruction_is_returned(harness: InProcess) -> None:
    code = bytes(255) + b"\x7f" + b"\x5b" * 300
    tree = PagedTree(code, CODE)
    opening, _ = open_pages(tree.root, CODE, 1, 2, tree.prove_pages(1, 2))
    assert opening.first_instruction == 32
    assert harness.call("openPages", tree.root, CODE, 1, 2, tree.prove_pages(1, 2)) == (opening.pages, 32)
