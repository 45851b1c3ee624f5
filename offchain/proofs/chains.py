"""Hash chains over lists that grow and shrink at their end: the stack, the new slots, the destroyed contracts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from offchain.proofs.encoding import push_destroyed, push_new_slot, push_word

__all__ = ["Chain", "destroyed_chain", "new_slots_chain", "stack_chain"]

_EMPTY: Final = bytes(32)


class Chain:
    """The hashes of all beginnings of a list as it was last seen; only what has changed is hashed again."""

    __slots__ = ("_hashes", "_push", "_seen")

    def __init__(self, push: Callable[[bytes, Any], bytes]) -> None:
        self._push = push
        self._seen: list[Any] = []
        self._hashes: list[bytes] = [_EMPTY]

    def hash(self, items: Sequence[Any], length: int) -> bytes:
        """The chain of the first ``length`` items."""
        seen, hashes, push = self._seen, self._hashes, self._push
        if seen != items:
            same = 0
            limit = min(len(seen), len(items))
            if seen[:limit] == items[:limit]:
                same = limit
            else:
                while seen[same] == items[same]:
                    same += 1
            del hashes[same + 1 :]
            for item in items[same:]:
                hashes.append(push(hashes[-1], item))
            self._seen = list(items)
        return hashes[length]


def stack_chain() -> Chain:
    """Of words."""
    return Chain(push_word)


def new_slots_chain() -> Chain:
    """Of (address, key)."""
    return Chain(lambda chain, slot: push_new_slot(chain, *slot))


def destroyed_chain() -> Chain:
    """Of addresses."""
    return Chain(push_destroyed)
