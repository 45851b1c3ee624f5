"""The state of Keccak-256's sponge after whole blocks: what a pending HASH commits to (FIPS 202)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from offchain.evm.pending import KECCAK_BLOCK
from offchain.proofs.encoding import SPONGE_TAG, hash_of

__all__ = ["Sponges", "absorb", "absorb_many", "permute", "sponge_bytes", "sponge_hash"]

_LANES: Final = 25
_ROUNDS: Final = 24
_RATE: Final = KECCAK_BLOCK // 8
_MASK: Final = (1 << 64) - 1

_KEPT_CONTENTS: Final = 4
_KEPT_STATES: Final = 256  # of one content


def _round_constants() -> tuple[int, ...]:
    """From the linear feedback shift register of FIPS 202, section 3.2.5."""
    constants = []
    register = 1
    for _ in range(_ROUNDS):
        constant = 0
        for j in range(7):
            if register & 1:
                constant |= 1 << ((1 << j) - 1)
            register <<= 1
            if register & 0x100:
                register ^= 0x171
        constants.append(constant)
    return tuple(constants)


def _rotations() -> tuple[int, ...]:
    """By lane x + 5y (FIPS 202, section 3.2.2)."""
    rotations = [0] * _LANES
    x, y = 1, 0
    for t in range(24):
        rotations[x + 5 * y] = (t + 1) * (t + 2) // 2 % 64
        x, y = y, (2 * x + 3 * y) % 5
    return tuple(rotations)


ROUND_CONSTANTS: Final = _round_constants()
ROTATIONS: Final = _rotations()


def _compile_permutation(count: int) -> Callable[[list[int]], list[int]]:
    """Keccak-f[1600] of ``count`` states at once: each lane holds theirs side by side, 64 bits a state.

    With the 25 lanes in local variables it takes a third of the time that loops over a list take; and long integers
    make many states little slower than one.
    """
    side_by_side = sum(1 << 64 * state for state in range(count))
    names: dict[str, Any] = {"CONSTANTS": [constant * side_by_side for constant in ROUND_CONSTANTS]}
    lanes = [f"a{i}" for i in range(_LANES)]
    text = ["def permute(lanes):", f"    {', '.join(lanes)} = lanes", "    for constant in CONSTANTS:"]

    def line(code: str) -> None:
        text.append("        " + code)

    def rotated(lane: str, shift: int) -> str:
        if not shift:
            return lane
        names[f"LOW{64 - shift}"] = ((1 << 64 - shift) - 1) * side_by_side
        names[f"LOW{shift}"] = ((1 << shift) - 1) * side_by_side
        carried = f"{lane} >> {64 - shift}" + (f" & LOW{shift}" if count > 1 else "")
        return f"({lane} & LOW{64 - shift}) << {shift} | {carried}"

    for x in range(5):
        line(f"c{x} = " + " ^ ".join(lanes[x + 5 * y] for y in range(5)))
    for x in range(5):
        line(f"d{x} = c{(x - 1) % 5} ^ ({rotated(f'c{(x + 1) % 5}', 1)})")
    for y in range(5):
        for x in range(5):
            line(f"t = a{x + 5 * y} ^ d{x}")
            line(f"b{y + 5 * ((2 * x + 3 * y) % 5)} = {rotated('t', ROTATIONS[x + 5 * y])}")
    for y in range(5):
        for x in range(5):
            b = [f"b{(x + i) % 5 + 5 * y}" for i in range(3)]
            constant = " ^ constant" if x == y == 0 else ""
            # Without the complement: ~p & q is q less what both have.
            line(f"a{x + 5 * y} = {b[0]} ^ {b[2]} ^ ({b[1]} & {b[2]}){constant}")
    text.append(f"    return [{', '.join(lanes)}]")
    exec("\n".join(text), names)  # noqa: S102  our own text, made above
    compiled: Callable[[list[int]], list[int]] = names["permute"]
    return compiled


permute: Final = _compile_permutation(1)


def absorb(lanes: list[int], block: bytes) -> list[int]:
    """One block of 136 bytes."""
    lanes = lanes.copy()
    for i in range(_RATE):
        lanes[i] ^= int.from_bytes(block[8 * i : 8 * i + 8], "little")
    return permute(lanes)


def _absorb_all(lanes: list[int], content: bytes, start: int, end: int) -> list[int]:
    for at in range(start, end, KECCAK_BLOCK):
        lanes = absorb(lanes, content[at : at + KECCAK_BLOCK])
    return lanes


def _encode(lanes: list[int]) -> bytes:
    return b"".join([lane.to_bytes(8, "big") for lane in lanes])


def sponge_bytes(absorbed: bytes) -> bytes:
    """The 25 lanes after whole blocks, 200 bytes, each lane big-endian; zeros before the first block."""
    return _encode(_absorb_all([0] * _LANES, absorbed, 0, len(absorbed)))


def sponge_hash(sponge: bytes) -> bytes:
    """What `pending` holds of a sponge of 200 bytes, b"" before the first block: then it is 0."""
    return hash_of(SPONGE_TAG, sponge) if sponge else bytes(32)


def absorb_many(wanted: Sequence[tuple[bytes, Collection[int]]]) -> list[dict[int, list[int]]]:
    """For each content its sponges after so many bytes, whole blocks of it; all contents in step."""
    order = sorted(range(len(wanted)), key=lambda at: -max(wanted[at][1]))
    contents = [wanted[at][0] for at in order]
    ends = [max(wanted[at][1]) for at in order]
    found: list[dict[int, list[int]]] = [{} for _ in wanted]
    permute_all = _compile_permutation(len(wanted))
    lanes = [0] * _LANES
    at = 0
    active = len(contents)
    while active:
        for i in range(_RATE):
            start = at + 8 * i
            lanes[i] ^= int.from_bytes(b"".join([c[start : start + 8] for c in contents[:active]]), "little")
        lanes = permute_all(lanes)
        at += KECCAK_BLOCK
        for place in range(active):
            if at in wanted[order[place]][1]:
                found[order[place]][at] = [lane >> 64 * place & _MASK for lane in lanes]
        while active and ends[active - 1] <= at:
            active -= 1
    return found


class Sponges:
    """Sponges within the last few contents, each found from the nearest one before it.

    Who is going to ask about several contents says so by `want`; `absorb_wanted` then makes them together.
    """

    def __init__(self) -> None:
        self._contents: dict[int, tuple[bytes, dict[int, list[int]]]] = {}
        self._wanted: dict[int, tuple[bytes, set[int]]] = {}
        self._room = _KEPT_CONTENTS

    def want(self, content: bytes, absorbed: int) -> None:
        """Somebody will ask for this sponge."""
        if absorbed:
            self._wanted.setdefault(id(content), (content, set()))[1].add(absorbed)

    def absorb_wanted(self) -> None:
        """Make what is wanted, unless it lies within one content."""
        wanted = [entry for entry in self._wanted.values() if id(entry[0]) not in self._contents]
        self._wanted = {}
        if len(wanted) < 2:
            return
        self._room += len(wanted)
        for (content, _), states in zip(wanted, absorb_many(wanted), strict=True):
            self._contents[id(content)] = (content, {0: [0] * _LANES} | states)

    def forget(self) -> None:
        """What was wanted has been asked for: keep no more than the last few contents."""
        self._room = _KEPT_CONTENTS
        self._make_room()

    def _make_room(self) -> None:
        while len(self._contents) > self._room:
            del self._contents[next(iter(self._contents))]

    def bytes_at(self, content: bytes, absorbed: int) -> bytes:
        """`sponge_bytes` of ``content[:absorbed]``; b"" before the first block."""
        if not absorbed:
            return b""
        entry = self._contents.pop(id(content), None)
        if entry is None:
            entry = (content, {0: [0] * _LANES})
        self._contents[id(content)] = entry  # the last one used is the last one to go
        self._make_room()
        states = entry[1]
        nearest = max(at for at in states if at <= absorbed)
        if nearest != absorbed:
            if len(states) == _KEPT_STATES:
                del states[next(at for at in states if at)]
            states[absorbed] = _absorb_all(states[nearest], content, nearest, absorbed)
        return _encode(states[absorbed])
