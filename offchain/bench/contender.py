"""Who takes part: an interface over EVMs, and Deltaroll's own engines behind it.

A contender gets transactions that are decoded and have their senders, because signature recovery is the same
native library for all of them and would hide what differs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from offchain.batches.codec import encode_order
from offchain.batches.executor import BatchResult, EngineName, PythonExecutor
from offchain.bench.workload import CHAIN_ID, context_of
from offchain.evm.context import MemoryState, PreState
from offchain.evm.history import HISTORY_ADDRESS
from offchain.evm.transaction import Transaction, decode_transaction
from offchain.state.diff import Diff
from offchain.state.genesis import GenesisAccount, allocation

__all__ = ["Contender", "Deltaroll", "apply_diff", "comparable", "decode_all", "memory_state"]


class Contender(Protocol):
    """Executes the first batch of a workload once."""

    name: str

    def prepare(
        self, genesis: Mapping[bytes, GenesisAccount], items: Sequence[Transaction]
    ) -> Callable[[], Diff]:
        """Load the state; the result executes the items and gives what changed. Only that is timed."""


class Deltaroll:
    """Our executor with one of its engines, and nothing compiled or cached when it begins."""

    def __init__(self, engine: EngineName) -> None:
        self.engine: EngineName = engine
        self.name = f"deltaroll {engine}"

    def prepare(
        self, genesis: Mapping[bytes, GenesisAccount], items: Sequence[Transaction]
    ) -> Callable[[], Diff]:
        """See `Contender.prepare`."""
        state = memory_state(genesis)
        return lambda: self.runner()(state, 1, items).diff

    def runner(self) -> Callable[[PreState, int, Sequence[Transaction]], BatchResult]:
        """Executes batches, one after the other, by their number and items; the code cache stays between them."""
        executor = PythonExecutor(self.engine)

        def run(pre: PreState, number: int, items: Sequence[Transaction]) -> BatchResult:
            waiting = iter(items)
            data = encode_order([item.raw for item in items])
            return executor.execute(pre, context_of(number), data, decode=lambda raw, chain_id: next(waiting))

        return run


def decode_all(batches: Sequence[Sequence[bytes]]) -> list[list[Transaction]]:
    """Decoded items with their senders."""
    return [[decode_transaction(raw, CHAIN_ID) for raw in batch] for batch in batches]


def memory_state(
    genesis: Mapping[bytes, GenesisAccount], fillers: Mapping[bytes, GenesisAccount] | None = None
) -> MemoryState:
    """The first state in dictionaries."""
    state = MemoryState({}, {}, {}, {})
    apply_diff(state, allocation({**(fillers or {}), **genesis}))
    return state


def apply_diff(state: MemoryState, diff: Diff) -> None:
    """Make the state the one after the diff."""
    state.accounts.update(diff.accounts)
    state.slots.update(diff.slots)
    state.code_hashes.update(diff.codes)
    state.codes = {**state.codes, **diff.code}


def comparable(diff: Diff) -> Diff:
    """The diff without the order hash that only Deltaroll writes at the start of a batch (EIP-2935)."""
    slots = {slot: value for slot, value in diff.slots.items() if slot[0] != HISTORY_ADDRESS}
    return Diff(diff.accounts, slots, diff.codes, diff.code)
