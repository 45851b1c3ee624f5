"""A diff `D_n = S_n - S_{n-1}` in plain keys, and its leaves under the hashed keys of the protocol.

Net over the batch, write-only and canonical: an entry is there if and only if the value differs from the one
before the batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from offchain.state.keys import account_leaf, code_leaf, code_value, slot_leaf
from offchain.trees.code_pages import code_root
from offchain.trees.sparse_merkle_tree import root_of

__all__ = ["Diff"]

_ZERO = bytes(32)


@dataclass(frozen=True, slots=True)
class Diff:
    """The keys that a batch changed, each with its new value.

    accounts: address -> packed account, 0 = deleted.
    slots:    (address, key) -> value, 0 = deleted.
    codes:    address -> code hash, b"" = no code any more.
    code:     code hash -> code, for every non-empty hash in ``codes``.
    """

    accounts: Mapping[bytes, int] = field(default_factory=dict)
    slots: Mapping[tuple[bytes, int], int] = field(default_factory=dict)
    codes: Mapping[bytes, bytes] = field(default_factory=dict)
    code: Mapping[bytes, bytes] = field(default_factory=dict)

    def leaves(self) -> dict[bytes, bytes]:
        """Hashed key -> value, 32 bytes each; a deletion is a leaf with the value zero."""
        leaves = {account_leaf(address): word.to_bytes(32, "big") for address, word in self.accounts.items()}
        for (address, key), value in self.slots.items():
            leaves[slot_leaf(address, key)] = value.to_bytes(32, "big")
        roots: dict[bytes, bytes] = {}
        for address, code_hash in self.codes.items():
            if not code_hash:
                leaves[code_leaf(address)] = _ZERO
                continue
            root = roots.get(code_hash)
            if root is None:
                root = roots[code_hash] = code_root(self.code[code_hash])
            leaves[code_leaf(address)] = code_value(code_hash, root)
        return leaves

    def root(self) -> bytes:
        """h(D), 32 bytes; zero for the empty diff."""
        return root_of(self.leaves())
