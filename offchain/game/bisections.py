"""How a range is cut. Twin: contracts/game/Bisections.sol.

A range [low, high] of length L is cut into m = min(k, L) segments at `low + floor(j * L / m)`, j = 0 .. m.
"""

from __future__ import annotations

__all__ = ["inner_points", "points", "rounds", "segments"]


def segments(length: int, arity: int) -> int:
    """m: the number of segments, for a length of at least 1."""
    return min(arity, length)


def points(low: int, high: int, arity: int) -> list[int]:
    """All m + 1 points, both ends among them."""
    length = high - low
    count = segments(length, arity)
    return [low + j * length // count for j in range(count + 1)]


def inner_points(low: int, high: int, arity: int) -> list[int]:
    """The points whose hashes the sequencer reveals."""
    return points(low, high, arity)[1:-1]


def rounds(length: int, arity: int) -> int:
    """Rounds until a range of ``length`` is one step, whatever is pointed at: ceil(log_k length) at most."""
    count = 0
    while length > 1:
        length = -(-length // segments(length, arity))
        count += 1
    return count
