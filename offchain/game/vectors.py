"""The commitment to a revealed vector of hashes. Twin: contracts/game/Vectors.sol.

A binary tree over 1 to 63 hashes, padded with zeros to a power of two: `node = H(0x20 ‖ left ‖ right)`, a tree of one
hash is that hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from offchain.hashing import keccak

__all__ = ["Opening", "open_at", "root_from", "vector_root"]

_NODE: Final = b"\x20"
_ZERO: Final = bytes(32)


@dataclass(frozen=True, slots=True)
class Opening:
    """One hash with the siblings on its way up, the lowest first."""

    hash: bytes
    siblings: tuple[bytes, ...] = ()

    def as_tuple(self) -> tuple[bytes, list[bytes]]:
        """The struct as the contract takes it."""
        return self.hash, list(self.siblings)


def vector_root(hashes: Sequence[bytes]) -> bytes:
    """The root over ``hashes``; zero where there is none."""
    return _levels(hashes)[-1][0] if hashes else _ZERO


def open_at(hashes: Sequence[bytes], index: int) -> Opening:
    """What stands at ``index``, with its way up."""
    siblings = [level[(index >> i) ^ 1] for i, level in enumerate(_levels(hashes)[:-1])]
    return Opening(hashes[index], tuple(siblings))


def root_from(opening: Opening, index: int) -> bytes:
    """The root that an opening at ``index`` leads to."""
    node = opening.hash
    for i, sibling in enumerate(opening.siblings):
        pair = sibling + node if index >> i & 1 else node + sibling
        node = keccak(_NODE + pair)
    return node


def _levels(hashes: Sequence[bytes]) -> list[list[bytes]]:
    level = list(hashes) + [_ZERO] * ((1 << (len(hashes) - 1).bit_length()) - len(hashes))
    levels = [level]
    while len(level) > 1:
        level = [keccak(_NODE + level[i] + level[i + 1]) for i in range(0, len(level), 2)]
        levels.append(level)
    return levels
