"""One name and one list of arguments for a tree function of Python and for its twin in the harness."""

from __future__ import annotations

from typing import Any

from offchain.errors import ProofError
from offchain.trees import sparse_merkle_proof as proofs
from offchain.trees.paged_proof import read_range, read_slice, write_page, write_range
from offchain.trees.slices import CODE, DATA, Slice
from tests.support.in_process import InProcess, Reverted

__all__ = [
    "MAP_FUNCTIONS",
    "PAGE_FUNCTIONS",
    "PAST_THE_SLICE",
    "map_in_python",
    "map_in_solidity",
    "pages_in_python",
    "pages_in_solidity",
]

MAP_FUNCTIONS = ("lookup", "inclusion", "exclusion", "write", "update", "insert", "remove", "removeLeftmost")
PAGE_FUNCTIONS = ("readRange", "readCode", "writeRange", "readSlice", "writePage")
PAST_THE_SLICE = 40
"""`readSlice` reads so many bytes behind the end of the slice."""

Outcome = tuple[Any, ...] | None
"""The results, None where the proof is refused."""


def map_in_python(function: str, root: bytes, key: bytes, value: bytes, witness: bytes) -> Outcome:
    """A function of `sparse_merkle_proof` on a witness that must be used up."""
    result: Any
    try:
        match function:
            case "lookup":
                *result, end = proofs.lookup(root, key, witness)
            case "inclusion":
                *result, end = proofs.inclusion(root, key, witness)
            case "exclusion":
                result, end = (), proofs.exclusion(root, key, witness)
            case "write":
                (present, old, end), new_root = proofs.write(root, key, value, witness)
                result = (present, old, new_root)
            case "update":
                *result, end = proofs.update(root, key, value, witness)
            case "insert":
                *result, end = proofs.insert(root, key, value, witness)
            case "remove":
                _, *result, end = proofs.remove(root, key, witness)
            case "removeLeftmost":
                *result, end = proofs.remove_leftmost(root, witness)
            case _:
                raise LookupError(function)
        proofs.expect_end(witness, end)
    except ProofError:
        return None
    return tuple(result)


def map_in_solidity(
    harness: InProcess, function: str, root: bytes, key: bytes, value: bytes, witness: bytes
) -> Outcome:
    """The twin of `map_in_python`."""
    arguments = [root, key, witness]
    if function == "removeLeftmost":
        arguments = [root, witness]
    elif function in ("write", "update", "insert"):
        arguments = [root, key, value, witness]
    try:
        return harness.call(function, *arguments)
    except Reverted:
        return None


def pages_in_python(function: str, root: bytes, at: int, data: bytes, witness: bytes) -> Outcome:
    """A function of `paged_proof`; those that read take from ``data`` its length only."""
    try:
        match function:
            case "readRange":
                result, end = read_range(root, DATA, at, len(data), witness)
            case "readCode":
                result, end = read_range(root, CODE, at, len(data), witness)
            case "writeRange":
                result, end = write_range(root, at, data, witness)
            case "readSlice":
                source = Slice.of(DATA, root, at, len(data))
                result, end = read_slice(source, 0, len(data) + PAST_THE_SLICE, witness)
            case "writePage":
                result, end = write_page(root, at, data, witness)
            case _:
                raise LookupError(function)
        proofs.expect_end(witness, end)
    except ProofError:
        return None
    return (result,)


def pages_in_solidity(
    harness: InProcess, function: str, root: bytes, at: int, data: bytes, witness: bytes
) -> Outcome:
    """The twin of `pages_in_python`."""
    try:
        match function:
            case "readRange":
                return harness.call("readRange", root, DATA, at, len(data), witness)
            case "readCode":
                return harness.call("readRange", root, CODE, at, len(data), witness)
            case "readSlice":
                source = (DATA if data else 0, root, at, len(data))
                return harness.call("readSlice", source, 0, len(data) + PAST_THE_SLICE, witness)
            case _:
                return harness.call(function, root, at, data, witness)
    except Reverted:
        return None
