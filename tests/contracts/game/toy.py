"""The machine of a few steps, and players' knowledge of chains that it makes. Twin: contracts/mocks/ToyVerifier.sol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from offchain.game.games import Form
from offchain.hashing import keccak
from offchain.l1.orders import Order
from offchain.node.config import ChainConfig
from offchain.proofs.encoding import (
    CONTEXT_TAG,
    apply_hash,
    context_bytes,
    diff_hash,
    hash_of,
    start_hash,
    state_hash,
)

__all__ = ["APPLICATION_END", "EXECUTION_END", "Toy", "ToyTrace", "applied", "computed_diff"]

EXECUTION_END, APPLICATION_END = 8, 3
"""Of TinyBisectionGame."""

NOTHING = bytes(32)
START, MIDDLE, DIFF, APPLY, STATE = (bytes([kind]) for kind in range(5))


def computed_diff(batch: int, pre: bytes) -> bytes:
    """h(D_n) of what the machine makes of a batch."""
    return keccak(keccak(keccak(batch.to_bytes(32) + pre)))


def applied(pre: bytes, diff: bytes) -> bytes:
    """h(S_n)."""
    return keccak(pre + diff)


@dataclass(frozen=True, slots=True)
class ToyTrace:
    """The states of one trace; ``diff`` is what an application applies."""

    context: bytes
    form: Form
    gas_limit: int
    batch: int
    pre: bytes
    diff: bytes

    def _states(self) -> list[tuple[bytes, bytes]]:
        """(hash, kind and fields) of each state until the trace stays as it is."""
        middle = keccak(self.batch.to_bytes(32) + self.pre)
        execution = [(start_hash(self.gas_limit), START)]
        for place in (1, 2):
            fields = bytes([place]) + middle
            execution.append((keccak(b"\x60" + fields), MIDDLE + fields))
            middle = keccak(middle)
        diff = self.diff if self.form is Form.APPLICATION else middle
        post = applied(self.pre, diff)
        application = [
            (apply_hash(self.pre, diff), APPLY + self.pre + diff),
            (apply_hash(post, NOTHING), APPLY + post + NOTHING),
            (state_hash(post), STATE + post),
        ]
        if self.form is Form.EXECUTION:
            return [*execution, (diff_hash(diff), DIFF + diff)]
        return application if self.form is Form.APPLICATION else execution + application

    def hashes(self, indices: Sequence[int]) -> list[bytes]:
        """The hashes at these indices."""
        states = self._states()
        return [states[min(index, len(states) - 1)][0] for index in indices]

    def witness(self, index: int) -> bytes:
        """The witness of the step from ``index`` to the next one."""
        states = self._states()
        shown = states[min(index, len(states) - 1)][1]
        return shown[:1] + self.context + shown[1:]


@dataclass
class Toy:
    """Somebody's replay of the orders: its own states, and diffs that may be wrong at some batches.

    ``roots[n]`` is its h(S_n), ``diffs[n]`` its h(D_n); ``diffs[0]`` is nothing.
    """

    config: ChainConfig
    orders: list[Order]
    genesis: bytes
    wrong: frozenset[int] = frozenset()
    roots: list[bytes] = field(init=False)
    diffs: list[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.roots, self.diffs = [self.genesis], [NOTHING]

    def _until(self, batch: int) -> None:
        for number in range(len(self.roots), batch + 1):
            diff = computed_diff(number, self.roots[-1])
            self.diffs.append(keccak(b"wrong" + diff) if number in self.wrong else diff)
            self.roots.append(applied(self.roots[-1], self.diffs[-1]))

    def state_root(self, batch: int) -> bytes:
        self._until(batch)
        return self.roots[batch]

    def diff_root(self, batch: int) -> bytes:
        self._until(batch)
        return self.diffs[batch]

    def trace(self, form: Form, batch: int) -> ToyTrace:
        return self.trace_after(form, batch, self.state_root(batch - 1), self.diff_root(batch))

    def trace_after(self, form: Form, batch: int, pre: bytes, diff: bytes) -> ToyTrace:
        """The trace of a batch after any state."""
        order = self.orders[batch - 1]
        context = context_bytes(self.config.context(order), order.data_root, order.size, pre, int(form))
        return ToyTrace(context, form, self.config.batch_gas_limit, batch, pre, diff)

    def context_hash(self, form: Form, batch: int, pre: bytes) -> bytes:
        """What the game binds for a trace of this form."""
        return hash_of(CONTEXT_TAG, self.trace_after(form, batch, pre, NOTHING).context)
