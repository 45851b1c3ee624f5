"""The root of Ethereum's Merkle Patricia trie over a state: an oracle, with the `trie` library's tries.

Deltaroll itself has no such tree; official tests state their result as this root.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import rlp
from trie import HexaryTrie
from trie.constants import BLANK_NODE_HASH

from offchain.conformance.case import Account
from offchain.hashing import keccak

__all__ = ["state_root"]


def state_root(post: Mapping[bytes, Account]) -> bytes:
    """The root of 32 bytes over all accounts of the mapping that are not empty (EIP-161).

    No fixture has an empty account in its state: since the Merge none is left on mainnet, and Deltaroll has
    no leaf for one.
    """
    trie = HexaryTrie({}, prune=True)
    for address, account in post.items():
        if not account.is_empty or account.storage:
            trie[_hashed_address(address)] = rlp.encode(
                [account.nonce, account.balance, _storage_root(account.storage), account.code_hash]
            )
    return bytes(trie.root_hash)


def _storage_root(storage: Mapping[int, int]) -> bytes:
    return _root_of_slots(tuple(sorted(storage.items()))) if storage else bytes(BLANK_NODE_HASH)


@lru_cache(maxsize=4096)
def _root_of_slots(slots: tuple[tuple[int, int], ...]) -> bytes:
    trie = HexaryTrie({}, prune=True)
    for key, value in slots:
        trie[_hashed_slot(key)] = rlp.encode(value)
    return bytes(trie.root_hash)


@lru_cache(maxsize=65536)
def _hashed_address(address: bytes) -> bytes:
    return keccak(address)


@lru_cache(maxsize=65536)
def _hashed_slot(key: int) -> bytes:
    return keccak(key.to_bytes(32, "big"))
