"""Executors: `f` on a flat pre-state. The interface that a native engine can stand behind, and the machine itself.

An executor is a pure function of pre-state, context and the order's bytes; all it keeps between batches is a cache
of code.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol, get_args

from offchain.batches.codec import encode_order
from offchain.errors import InputError
from offchain.evm import interpreter
from offchain.evm.blocks.engine import HOT, BlockEngine
from offchain.evm.code import CodeCache
from offchain.evm.context import BatchContext, PreState
from offchain.evm.machine import Engine, Machine
from offchain.evm.receipt import Receipt
from offchain.evm.transaction import Transaction, decode_transaction
from offchain.state.diff import Diff

__all__ = ["ENGINES", "BatchResult", "EngineName", "Executor", "PythonExecutor"]

EngineName = Literal["blocks", "interpreter", "steps"]
ENGINES: Final[tuple[EngineName, ...]] = get_args(EngineName)


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What a batch did: the canonical diff, one receipt for each item, and the gas of all of them."""

    diff: Diff
    receipts: tuple[Receipt, ...]
    gas_used: int


class Executor(Protocol):
    """Executes orders."""

    def execute(self, pre: PreState, context: BatchContext, data: bytes) -> BatchResult:
        """``f(pre, data)``: total, whatever the bytes."""


class PythonExecutor:
    """The machine run without proofs: the reference executor.

    engine: "blocks" compiles hot code; "interpreter" runs every instruction in a loop and is its reference; "steps"
    makes every step of docs/machine.md one by one. ``hot``: see `BlockEngine`.
    """

    def __init__(self, engine: EngineName = "blocks", hot: int = HOT) -> None:
        if engine not in ENGINES:
            raise InputError(f"unknown engine {engine!r}: choose one of {', '.join(ENGINES)}")
        self._stepwise = engine == "steps"
        self._engine: Engine = BlockEngine(hot) if engine == "blocks" else interpreter.run
        self._codes = CodeCache()

    def execute(
        self,
        pre: PreState,
        context: BatchContext,
        data: bytes,
        *,
        decode: Callable[[bytes, int], Transaction] = decode_transaction,
        block_hash: Callable[[int], bytes] | None = None,
        system_call: bool = True,
    ) -> BatchResult:
        """Execute the order's bytes. The keyword arguments are those of `Machine`."""
        machine = Machine(
            pre,
            context,
            data,
            engine=self._engine,
            codes=self._codes,
            stepwise=self._stepwise,
            decode=decode,
            block_hash=block_hash,
            system_call=system_call,
        )
        machine.run()
        return BatchResult(
            Diff(*machine.overlay.diff()), tuple(machine.receipts), context.gas_limit - machine.gas_left
        )

    def execute_transactions(
        self,
        pre: PreState,
        context: BatchContext,
        items: Sequence[bytes],
        *,
        block_hash: Callable[[int], bytes] | None = None,
        system_call: bool = True,
    ) -> BatchResult:
        """Execute items that need not lie on L1; `InputError` where they do not fit into one order."""
        data = encode_order(items)
        return self.execute(pre, context, data, block_hash=block_hash, system_call=system_call)
