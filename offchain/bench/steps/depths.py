"""How deep the paths of the trees are, and leaves that make them so.

A path of a sparse tree costs what its siblings cost that are not empty. Among ``n`` keys with random hashes the sibling
at depth ``i`` is empty with the probability ``exp(-n / 2^(i+1))``, so a path has ``log2 n + 0.3`` of them on average.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from offchain.hashing import keccak

__all__ = ["GROUND", "PESSIMISTIC", "PROFILES", "TYPICAL", "Depths", "fillers", "siblings_above"]


@dataclass(frozen=True, slots=True)
class Depths:
    """Siblings, none of them empty, on every path that a step opens in the trees of state, diff and scratch."""

    name: str
    state: int
    diff: int
    scratch: int


#: The mean of 10^8 keys in the state and of 2^17 in diff and scratch.
TYPICAL: Final = Depths("typical", 27, 17, 17)
#: What no key reaches by chance.
PESSIMISTIC: Final = Depths("pessimistic", 40, 30, 30)
#: Somebody has looked for keys with hashes that lie beside those of the step: 2^64 hashes.
GROUND: Final = Depths("ground", 64, 64, 64)
PROFILES: Final = (TYPICAL, PESSIMISTIC, GROUND)

_LEVELS: Final = 200


def fillers(keys: Iterable[bytes], depth: int) -> dict[bytes, bytes]:
    """Leaves beside the paths of these hashed keys: a key that is there has ``depth`` siblings, none of them empty.

    One that is absent has one less and ends at the leaf of another key.
    """
    leaves: dict[bytes, bytes] = {}
    for key in keys:
        path = int.from_bytes(key, "big")
        for level in range(depth):
            leaves[(path ^ 1 << (255 - level)).to_bytes(32, "big")] = keccak(key + bytes([level]))
    return leaves


def siblings_above(keys: float, count: int) -> float:
    """How many of ``keys`` random keys have more than ``count`` siblings that are not empty, on average.

    A sibling at depth ``i`` holds each of the other keys with the probability ``2^-(i+1)``; the siblings of one path
    are taken to be independent, as they nearly are for many keys.
    """
    # All but the first _LEVELS siblings are empty; distribution[k]: the probability of k that are not.
    distribution = [1.0]
    for level in range(_LEVELS):
        occupied = -math.expm1(-keys / 2.0 ** (level + 1))
        grown = [0.0] * (len(distribution) + 1)
        for have, probability in enumerate(distribution):
            grown[have] += probability * (1 - occupied)
            grown[have + 1] += probability * occupied
        distribution = grown
    return keys * math.fsum(distribution[count + 1 :])
