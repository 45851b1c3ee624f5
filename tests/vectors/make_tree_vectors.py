"""Writes the golden vectors of the trees: `python -m tests.vectors.make_tree_vectors`.

They fix roots and wire formats, and name each malformed proof; Python and Solidity are both checked against the
files. A difference after a change means that the format changed: then every twin and the docs have to follow.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from offchain.hashing import keccak
from offchain.trees.code_pages import code_root, first_instructions
from offchain.trees.paged_bytes import MAX_PAGES, PAGE_SIZE, ZERO_HASHES, fold_range, page_leaf, paged_root
from offchain.trees.paged_tree import PagedTree
from offchain.trees.slices import CODE
from offchain.trees.sparse_merkle_hash import EMPTY_ROOT, leaf_hash, node_hash
from offchain.trees.sparse_merkle_tree import SparseMerkleTree, root_of
from tests.support.tree_functions import map_in_python, pages_in_python

FOLDER = Path(__file__).parent / "trees"
TOP = 1 << 255
NONE_THERE = bytes(4)


def word(number: int) -> bytes:
    """A number as 32 bytes."""
    return number.to_bytes(32, "big")


def stream(name: str, size: int) -> bytes:
    """``size`` bytes that look random and depend on ``name`` only."""
    blocks = (keccak(f"{name} {i}".encode()) for i in range(size // 32 + 1))
    return b"".join(blocks)[:size]


def maps() -> dict[str, dict[bytes, bytes]]:
    """Trees of every shape that matters."""
    random = {stream(f"key {i}", 32): stream(f"value {i}", 32) for i in range(20)}
    return {
        "empty": {},
        "one leaf": {word(7): word(8)},
        "one leaf of value zero": {word(7): word(0)},
        "two leaves that part at the root": {word(0): word(1), word(TOP): word(2)},
        "two leaves that part at the last bit": {word(6): word(1), word(7): word(2)},
        "two deep leaves and one shallow": {word(6): word(1), word(7): word(2), word(TOP): word(3)},
        "a leaf beside a node": {word(0): word(1), word(TOP): word(2), word(TOP + 1): word(3)},
        "twenty random keys": random,
    }


def map_proofs() -> Iterator[dict[str, Any]]:
    """Each operation on each tree, for keys that are there and keys that are not."""
    for name, leaves in maps().items():
        tree = SparseMerkleTree(leaves)
        present = sorted(leaves)[:3]
        absent = [key for key in (word(5), word(TOP + 5), stream("absent", 32)) if key not in leaves]
        for key in present:
            yield map_case(f"{name}: lookup", "lookup", tree.root, key, tree.prove(key))
            yield map_case(f"{name}: inclusion", "inclusion", tree.root, key, tree.prove(key))
            yield map_case(f"{name}: update", "update", tree.root, key, tree.prove(key))
            yield map_case(f"{name}: remove", "remove", tree.root, key, tree.prove_remove(key))
        for key in absent:
            yield map_case(f"{name}: lookup of nothing", "lookup", tree.root, key, tree.prove(key))
            yield map_case(f"{name}: exclusion", "exclusion", tree.root, key, tree.prove(key))
            yield map_case(f"{name}: insert", "insert", tree.root, key, tree.prove(key))
            yield map_case(f"{name}: write", "write", tree.root, key, tree.prove(key))
        if leaves:
            witness = tree.prove_leftmost()
            yield map_case(f"{name}: remove the leftmost", "removeLeftmost", tree.root, EMPTY_ROOT, witness)


def map_case(
    name: str, function: str, root: bytes, key: bytes, witness: bytes, refused: bool = False
) -> dict[str, Any]:
    """One call with its result; the new value is always the same."""
    value = word(0xABCDEF)
    result = map_in_python(function, root, key, value, witness)
    assert (result is None) == refused, name
    return {
        "name": name,
        "function": function,
        "root": root.hex(),
        "key": key.hex(),
        "value": value.hex(),
        "witness": witness.hex(),
        "result": None if result is None else [r.hex() if isinstance(r, bytes) else r for r in result],
    }


def map_refusals() -> Iterator[dict[str, Any]]:
    """Malformed proofs. Each would pass if the one check it is named after were missing."""

    def refused(name: str, function: str, root: bytes, key: bytes, witness: bytes) -> dict[str, Any]:
        return map_case(name, function, root, key, witness, refused=True)

    zero = EMPTY_ROOT
    deep = SparseMerkleTree({word(6): word(1), word(7): word(2)})
    honest = deep.prove(word(6))
    pair = SparseMerkleTree({word(0): word(1), word(TOP): word(2)})
    removal = pair.prove_remove(word(0))

    full = honest[:1] + word(TOP | 1) + honest[33:] + zero
    yield refused("an empty sibling in full", "lookup", deep.root, word(6), full)
    yield refused("bytes behind the proof", "lookup", deep.root, word(6), honest + b"\0")
    lone = root_of({word(7): zero})
    yield refused("zeros that the witness does not have", "lookup", lone, word(7), b"\x01" + zero)
    yield refused("an empty witness", "exclusion", zero, word(7), b"")
    unknown = b"\x04" + zero + word(8)  # a present leaf that would be found to be none of the kinds
    yield refused("an unknown kind", "exclusion", root_of({word(7): word(8)}), word(7), unknown)
    yield refused("a removable opening for a lookup", "lookup", pair.root, word(0), removal)
    yield refused("a removable opening for a write", "write", pair.root, word(0), removal)
    yield refused("a removal without the sibling", "remove", pair.root, word(0), pair.prove(word(0)))
    yield refused("an absent key removed", "remove", zero, word(7), b"\x00" + zero)
    yield refused("inclusion of an absent key", "inclusion", pair.root, word(5), pair.prove(word(5)))
    yield refused("exclusion of a present key", "exclusion", pair.root, word(0), pair.prove(word(0)))
    yield refused("update of an absent key", "update", pair.root, word(5), pair.prove(word(5)))
    yield refused("insert of a present key", "insert", pair.root, word(0), pair.prove(word(0)))
    second = word(TOP) + pair.prove_remove(word(TOP))
    yield refused("the second leaf as the leftmost", "removeLeftmost", pair.root, zero, second)
    yield refused(
        "a leaf sibling called a node",
        "remove",
        pair.root,
        word(0),
        b"".join((removal[:65], b"\x01", removal[66:])),
    )
    odd = node_hash(leaf_hash(word(0), word(1)), keccak(b"\x02" + word(TOP) + word(2)))
    odd_witness = removal[:65] + b"\x02" + removal[66:]
    yield refused("a sibling that is neither leaf nor node", "remove", odd, word(0), odd_witness)
    own = b"\x02" + zero + word(7) + word(8)
    yield refused("the key's own leaf as another", "exclusion", root_of({word(7): word(8)}), word(7), own)
    # Malformed trees, as no honest root has them: both leaves belong to the other side.
    left, right = leaf_hash(word(TOP), word(1)), leaf_hash(word(TOP + 1), word(2))
    stray = b"\x02" + word(TOP) + word(TOP) + word(1) + right
    yield refused("another leaf off the path", "exclusion", node_hash(left, right), word(0), stray)
    beside = node_hash(leaf_hash(word(0), word(5)), leaf_hash(word(1), word(1)))
    misplaced = b"\x03" + word(TOP) + word(5) + b"\x00" + word(1) + word(1)
    yield refused("a misplaced sibling leaf", "remove", beside, word(0), misplaced)


def page_case(
    name: str, function: str, root: bytes, at: int, data: bytes, witness: bytes, refused: bool = False
) -> dict[str, Any]:
    """One call with its result."""
    result = pages_in_python(function, root, at, data, witness)
    assert (result is None) == refused, name
    return {
        "name": name,
        "function": function,
        "root": root.hex(),
        "at": at,
        "data": data.hex(),
        "witness": witness.hex(),
        "result": None if result is None else result[0].hex(),
    }


def page_proofs() -> Iterator[dict[str, Any]]:
    """Reads and writes at the borders of pages and of the tree."""
    content = stream("content", 700) + bytes(600) + stream("more", 300)
    tree = PagedTree(content)
    places = ((0, 1), (250, 6), (255, 2), (256, 256), (300, 1000), (1599, 1), (5000, 40), ((1 << 22) - 3, 3))
    for at, size in places:
        witness, new = tree.prove_range(at, size), stream(f"new {at}", size)
        yield page_case(f"read {size} at {at}", "readRange", tree.root, at, new, witness)
        yield page_case(f"write {size} at {at}", "writeRange", tree.root, at, new, witness)
        yield page_case(f"erase {size} at {at}", "writeRange", tree.root, at, bytes(size), witness)
        yield page_case(f"slice {size} at {at}", "readSlice", tree.root, at, new, witness)
    yield page_case("write a page", "writePage", tree.root, 2, stream("page", PAGE_SIZE), tree.prove_pages(2))
    yield page_case("read nothing", "readRange", tree.root, 5, b"", b"")
    code = stream("code", 600) + b"\x7f" * 200
    code_tree = PagedTree(code, CODE)
    for at, size in ((0, 1), (100, 500), (790, 10)):
        witness = code_tree.prove_range(at, size)
        yield page_case(f"read {size} of code at {at}", "readCode", code_tree.root, at, bytes(size), witness)


def page_refusals() -> Iterator[dict[str, Any]]:
    """Malformed proofs. Each would pass if the one check it is named after were missing."""

    def refused(name: str, function: str, root: bytes, at: int, size: int, witness: bytes) -> dict[str, Any]:
        return page_case(name, function, root, at, bytes(size), witness, refused=True)

    root = paged_root(b"\x01")
    honest = b"\0\x01\x01"
    yield refused("a page with its trailing zeros", "readRange", root, 0, 1, b"\0\x02\x01\0" + NONE_THERE)
    long = b"\x01\x01" + b"\x01" * (PAGE_SIZE + 1) + NONE_THERE
    yield refused("a page too long", "readRange", paged_root(b"\x01" * PAGE_SIZE), 0, 1, long)
    # An overlong page read as an empty one, with its bytes taken for what follows.
    yield refused(
        "a page too long read as empty", "readRange", paged_root(b""), 0, 1, b"\xff\xff" + NONE_THERE
    )
    in_full = honest + b"\0\0\0\x01" + ZERO_HASHES[0]
    yield refused("a zero subtree in full", "readRange", root, 0, 1, in_full)
    for bit in (14, 31):
        bitmap = (1 << bit).to_bytes(4, "big")
        yield refused(f"bit {bit} without a sibling", "readRange", root, 0, 1, honest + bitmap)
    yield refused("zeros that the witness does not have", "readRange", root, 0, 1, honest)
    yield refused("bytes behind the proof", "readRange", root, 0, 1, honest + NONE_THERE + b"\0")
    yield refused("an empty witness", "readRange", paged_root(b""), 0, 1, b"")
    yield refused(
        "a range over the end of the tree", "readRange", root, (1 << 22) - 1, 2, b"\0\0\0\0" + NONE_THERE
    )
    yield refused("data read as code", "readCode", root, 0, 1, b"\0\x01\0\x01" + NONE_THERE)
    yield refused("code read as data", "readRange", code_root(b"\x01"), 0, 1, honest + NONE_THERE)
    late = keccak(b"\x04\x21" + b"\x01" + bytes(PAGE_SIZE - 1))
    late_root = fold_range([late], 0, ())
    yield refused(
        "a first instruction behind 32", "readCode", late_root, 0, 1, b"\0\x01\x21\x01" + NONE_THERE
    )
    wrong = fold_range([page_leaf(b"\x02" + bytes(PAGE_SIZE - 1))], 0, ())
    yield refused("another root", "readRange", wrong, 0, 1, honest + NONE_THERE)
    aliased = "a page behind the tree that has the path of the first"
    yield refused(aliased, "writePage", root, MAX_PAGES, PAGE_SIZE, honest + NONE_THERE)
    yield refused("half a page written", "writePage", root, 0, PAGE_SIZE // 2, honest + NONE_THERE)


def roots() -> dict[str, Any]:
    """Roots of maps, bytes and code."""
    sizes = (0, 1, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1, 1000, 5000)
    return {
        "zero hashes": [zero.hex() for zero in ZERO_HASHES],
        "maps": [
            {
                "name": name,
                "leaves": {k.hex(): v.hex() for k, v in leaves.items()},
                "root": root_of(leaves).hex(),
            }
            for name, leaves in maps().items()
        ],
        "bytes": [
            {
                "data": (data := stream(f"bytes {size}", size)).hex(),
                "paged root": paged_root(data).hex(),
                "code root": code_root(data).hex(),
                "first instructions": first_instructions(data),
            }
            for size in sizes
        ],
    }


def contents() -> dict[str, Any]:
    """File name to content."""
    return {
        "roots.json": roots(),
        "map_proofs.json": [*map_proofs(), *map_refusals()],
        "page_proofs.json": [*page_proofs(), *page_refusals()],
    }


def encoded(content: Any) -> str:
    """The text of a file."""
    return json.dumps(content, indent=1) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file, content in contents().items():
        (FOLDER / file).write_text(encoded(content))
        print(FOLDER / file)
