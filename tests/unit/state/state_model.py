"""The state as a plain dictionary, and batches of writes over a few addresses, slots and codes."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from hypothesis import strategies as st

from offchain.hashing import keccak
from offchain.state.changes import changes_of, diff_of
from offchain.state.diff import Diff
from offchain.state.keys import account_key, code_key, leaf_value, slot_key, stored_int
from offchain.trees.code_pages import code_root
from offchain.trees.sparse_merkle_tree import root_of

State: TypeAlias = dict[bytes, bytes]
"""Plain key -> stored value, without empty ones."""

CONFIG = bytes(range(32))
ADDRESSES = [bytes(20), bytes(19) + b"\x01", b"\x01" + bytes(19), b"\xff" * 20]
SLOTS = [0, 1, 1 << 255, (1 << 256) - 1]
CODES = [b"\x00", b"\x60\x01" * 200, b"\xef\x01\x00" + bytes(20)]
CODE_OF = {keccak(code): code for code in CODES}
VALUES = [0, 1, 255, 256, 1 << 160, (1 << 256) - 1]


@dataclass(frozen=True, slots=True)
class Write:
    """Sets one entry of the universe to one of its values."""

    key: bytes
    value: bytes


def _writes() -> list[Write]:
    writes = []
    for address in ADDRESSES:
        for value in VALUES:
            writes.append(Write(account_key(address), stored_int(value)))
            writes += [Write(slot_key(address, slot), stored_int(value)) for slot in SLOTS]
        writes += [Write(code_key(address), code_hash) for code_hash in (b"", *CODE_OF)]
    return writes


batches = st.lists(st.lists(st.sampled_from(_writes()), max_size=12), max_size=6)
genesis_writes = st.lists(st.sampled_from(_writes()), max_size=8)


def after(state: Mapping[bytes, bytes], writes: Iterable[Write]) -> State:
    """The state after some writes."""
    changed = dict(state)
    for write in writes:
        changed[write.key] = write.value
    return {key: value for key, value in changed.items() if value}


def difference(before: State, now: State) -> Diff:
    """The canonical diff of two states."""
    changes = {
        key: now.get(key, b"") for key in before.keys() | now.keys() if before.get(key) != now.get(key)
    }
    return diff_of(changes, CODE_OF.__getitem__)


def root_of_state(state: State) -> bytes:
    """h(S) by the tree of the whole map."""
    leaves: dict[bytes, bytes] = {}
    for key, stored in state.items():
        value = leaf_value(key, stored, lambda code_hash: code_root(CODE_OF[code_hash]))
        assert value is not None
        leaves[keccak(key)] = value
    return root_of(leaves)


def random_state(source: random.Random, size: int) -> State:
    """A state of accounts and slots with random addresses."""
    state: State = {}
    for _ in range(size):
        address = source.randbytes(20)
        state[account_key(address)] = stored_int(1 + source.getrandbits(90))
        state[slot_key(address, source.getrandbits(256))] = stored_int(1 + source.getrandbits(256))
    return state


def random_step(source: random.Random, state: State, size: int) -> State:
    """The state with some entries changed, some removed and some new."""
    changed = dict(state)
    for key in source.sample(sorted(state), min(size, len(state))):
        if source.random() < 0.5:
            del changed[key]
        else:
            changed[key] = stored_int(1 + source.getrandbits(90))
    changed.update(random_state(source, size // 4))
    return changed


__all__ = [
    "ADDRESSES",
    "CODES",
    "CODE_OF",
    "CONFIG",
    "SLOTS",
    "State",
    "Write",
    "after",
    "batches",
    "changes_of",
    "difference",
    "genesis_writes",
    "random_state",
    "random_step",
    "root_of_state",
]
