"""What the tests of the trees share: oracles by definition, strategies, and programs of random operations."""

from __future__ import annotations

import random
from collections.abc import Mapping

from hypothesis import strategies as st

from offchain.hashing import keccak
from offchain.trees.paged_bytes import PAGE_SIZE
from offchain.trees.paged_proof import read_range, write_range
from offchain.trees.paged_tree import PagedTree
from offchain.trees.slices import DATA
from offchain.trees.sparse_merkle_proof import lookup, remove, remove_leftmost, write
from offchain.trees.sparse_merkle_tree import SparseMerkleTree

__all__ = [
    "garbled",
    "keys",
    "map_program",
    "maps",
    "page_program",
    "paged_root_by_definition",
    "random_key",
    "root_by_definition",
    "values",
]

CLUSTERS = (0, 1 << 255, 0b1011 << 252, (1 << 256) - 64)


def word(number: int) -> bytes:
    """A number as 32 bytes."""
    return number.to_bytes(32, "big")


# Random keys make shallow trees; keys that agree in all but a few low or middle bits make the deep ones.
keys: st.SearchStrategy[bytes] = st.one_of(
    st.binary(min_size=32, max_size=32),
    st.integers(0, 31).map(word),
    st.tuples(st.sampled_from(CLUSTERS), st.integers(0, 15), st.sampled_from((0, 1, 100, 247))).map(
        lambda parts: word((parts[0] ^ parts[1] << parts[2]) % (1 << 256))
    ),
)
values: st.SearchStrategy[bytes] = st.one_of(st.just(bytes(32)), st.binary(min_size=32, max_size=32))
maps: st.SearchStrategy[dict[bytes, bytes]] = st.dictionaries(keys, values, max_size=24)


def root_by_definition(leaves: Mapping[bytes, bytes], depth: int = 0) -> bytes:
    """The root straight from the definition: no sorting, no sharing, nothing in common with the code."""
    if not leaves:
        return bytes(32)
    if len(leaves) == 1:
        ((key, value),) = leaves.items()
        return keccak(b"\x00" + key + value)
    sides: tuple[dict[bytes, bytes], dict[bytes, bytes]] = ({}, {})
    for key, value in leaves.items():
        sides[key[depth // 8] >> (7 - depth % 8) & 1][key] = value
    return keccak(b"\x01" + b"".join(root_by_definition(side, depth + 1) for side in sides))


def paged_root_by_definition(data: bytes, size: int) -> bytes:
    """The root of a tree of ``size`` bytes that hold ``data`` and then zeros."""
    if size == PAGE_SIZE:
        return keccak(b"\x02" + data + bytes(size - len(data)))
    half = size // 2
    left = paged_root_by_definition(data[:half], half)
    return keccak(b"\x03" + left + paged_root_by_definition(data[half:], half))


def garbled(witness: bytes, rng: random.Random) -> bytes:
    """A witness that differs from ``witness``: a bit, a byte, its length or the order of its words."""
    while True:
        changed = bytearray(witness)
        at = rng.randrange(len(changed)) if changed else 0
        match rng.randrange(6):
            case 0 if changed:
                changed[at] ^= 1 << rng.randrange(8)
            case 1 if changed:
                changed[at] = rng.randrange(256)
            case 2:
                del changed[at : at + rng.choice((1, 32))]
            case 3:
                changed[at:at] = bytes(rng.choice((1, 32)))
            case 4:
                changed += rng.randbytes(rng.choice((1, 32)))
            case 5 if len(changed) > 64:
                changed[at : at + 64] = changed[at + 32 : at + 64] + changed[at : at + 32]
        if changed != witness:
            return bytes(changed)


def random_key(rng: random.Random) -> bytes:
    """Mostly random, often close to other keys."""
    if rng.random() < 0.5:
        return rng.randbytes(32)
    return word((rng.choice(CLUSTERS) ^ rng.randrange(64) << rng.choice((0, 1, 100, 247))) % (1 << 256))


def map_program(
    tree: SparseMerkleTree, known: list[bytes], count: int, rng: random.Random
) -> tuple[bytes, bytes]:
    """(program, digest) of ``count`` random operations for the harness's `runMap`; they change ``tree``.

    ``known`` lists keys worth asking for. Every result of the proof functions is compared with the tree.
    """
    parts: list[bytes] = []
    digest = bytes(32)
    root = tree.root
    for _ in range(count):
        key = rng.choice(known) if known and rng.random() < 0.7 else random_key(rng)
        old = tree.get(key)
        operation = rng.choice((0, 0, 0, 1, 2, 2, 3))
        if (operation == 2 and old is None) or (operation == 3 and not tree):
            operation = 0
        new = rng.choice((bytes(32), rng.randbytes(32)))
        if operation == 0:
            proof = tree.prove(key)
            (present, value, _), root = write(root, key, new, proof)
            parts += [b"\x00", key, new, proof]
            tree.set(key, new)
            known.append(key)
        elif operation == 1:
            proof = tree.prove(key)
            present, value, _ = lookup(root, key, proof)
            parts += [b"\x01", key, proof]
        elif operation == 2:
            proof = tree.prove_remove(key)
            _, value, root, _ = remove(root, key, proof)
            present = True
            parts += [b"\x02", key, proof]
            tree.remove(key)
        else:
            lowest = tree.leftmost()
            proof = tree.prove_leftmost()
            key, value, root, _ = remove_leftmost(root, proof)
            present = True
            assert (key, value) == lowest
            parts += [b"\x03", proof]
            old = value
            tree.remove(key)
        assert present == (old is not None)
        assert value == (old or bytes(32))
        assert root == tree.root
        digest = keccak(digest + key + bytes([present]) + value + root)
    return b"".join(parts), digest


def page_program(tree: PagedTree, count: int, rng: random.Random) -> tuple[bytes, bytes]:
    """(program, digest) of ``count`` random operations for the harness's `runPages`; they change ``tree``."""
    parts: list[bytes] = []
    digest = bytes(32)
    root = tree.root
    for _ in range(count):
        at = rng.randrange(1 << rng.choice((8, 12, 16, 22)))
        size = min(rng.randrange(1 << rng.choice((1, 5, 8, 11))), (1 << 22) - at)
        proof = tree.prove_range(at, size)
        head = at.to_bytes(4, "big") + size.to_bytes(4, "big")
        if rng.random() < 0.6:
            data = rng.choice((bytes(size), rng.randbytes(size)))
            root, _ = write_range(root, at, data, proof)
            parts += [b"\x00", head, data, proof]
            tree.write(at, data)
        else:
            data, _ = read_range(root, DATA, at, size, proof)
            parts += [b"\x01", head, proof]
        assert data == tree.read(at, size)
        assert root == tree.root
        digest = keccak(digest + data + root)
    return b"".join(parts), digest
