"""Traces that a cheat reveals. Indices are those of the game: ``unit * 2^24 + step``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from offchain.evm.phase import Phase
from offchain.game.knowledge import Trace
from offchain.proofs.machine import ProvingMachine

__all__ = ["STEP_BITS", "Diverging", "Recorded", "Substituted", "record"]

STEP_BITS: Final = 24
_STEP_MASK: Final = (1 << STEP_BITS) - 1


class Recorded:
    """Every state of a short trace. ``units``: the hashes of each unit, in their order; ``end``: the fixed point.

    ``start`` makes the machine anew; without it there are no witnesses: who reveals the trace of an altered machine has
    none that L1 would take.
    """

    def __init__(
        self, units: Sequence[Sequence[bytes]], end: bytes, start: Callable[[], ProvingMachine] | None = None
    ) -> None:
        self.units = units
        self.end = end
        self._start = start

    def hash_at(self, index: int) -> bytes:
        """The state at one index. A finished unit is the first state of the next one."""
        unit, step = index >> STEP_BITS, index & _STEP_MASK
        if unit >= len(self.units):
            return self.end
        states = self.units[unit]
        if step < len(states):
            return states[step]
        return self.units[unit + 1][0] if unit + 1 < len(self.units) else self.end

    def hashes(self, indices: Sequence[int]) -> list[bytes]:
        """See `Trace.hashes`."""
        return [self.hash_at(index) for index in indices]

    def witness(self, index: int) -> bytes:
        """See `Trace.witness`; of a step that is made, empty elsewhere."""
        unit, step = index >> STEP_BITS, index & _STEP_MASK
        if self._start is None or unit >= len(self.units) or step >= len(self.units[unit]):
            return b""
        machine = self._start()
        machine.pass_over(sum(map(len, self.units[:unit])) + step)
        return machine.prove_step()


class Diverging:
    """Another trace, and garbage from ``first`` on: hashes that nobody has a preimage of."""

    def __init__(self, own: Trace, first: int, garbage: Callable[[int], bytes]) -> None:
        self._own = own
        self._first = first
        self._garbage = garbage

    def hashes(self, indices: Sequence[int]) -> list[bytes]:
        """See `Trace.hashes`."""
        right = self._own.hashes([index for index in indices if index < self._first])
        return right + [self._garbage(index) for index in indices if index >= self._first]

    def witness(self, index: int) -> bytes:
        """See `Trace.witness`: that of the other trace."""
        return self._own.witness(index)


class Substituted:
    """Another trace with some of its states replaced, such as the DIFF at its end."""

    def __init__(self, own: Trace, states: Mapping[bytes, bytes]) -> None:
        self._own = own
        self._states = states

    def hashes(self, indices: Sequence[int]) -> list[bytes]:
        """See `Trace.hashes`."""
        return [self._states.get(state, state) for state in self._own.hashes(indices)]

    def witness(self, index: int) -> bytes:
        """See `Trace.witness`: that of the other trace."""
        return self._own.witness(index)


def record(machine: ProvingMachine, start: Callable[[], ProvingMachine] | None = None) -> Recorded:
    """Every state from here, where unit 0 begins, to DIFF; ``start``: see `Recorded`."""
    units: list[list[bytes]] = [[machine.hash]]
    while True:
        unit = machine.unit
        machine.pass_over(1)
        state = machine.hash
        if machine.phase is Phase.DIFF:
            return Recorded(units, state, start)
        if machine.unit != unit:
            units.append([])
        units[-1].append(state)
