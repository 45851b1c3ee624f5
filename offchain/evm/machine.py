"""The machine: `f(S_{n-1}, T_n)` as a total step function (docs/machine.md).

A batch is a sequence of units: begin, one for each item, closing. A unit is a sequence of steps. `Machine.step`
makes exactly one; `Machine.run` makes all of them, without micro-steps and without anything that only
proofs need, and is the reference executor. Both end in the same state: tests hold them together.
"""

from __future__ import annotations

from collections.abc import Callable

from offchain.evm.code import CodeCache
from offchain.evm.context import BatchContext, PreState
from offchain.evm.frame import Frame
from offchain.evm.history import BLOCK_HASH_WINDOW, history_slot
from offchain.evm.interpreter import run, step_frame
from offchain.evm.items import FIRST_ITEM
from offchain.evm.journal import Checkpoint, JournalEntry, undo
from offchain.evm.overlay import Overlay
from offchain.evm.phase import Phase
from offchain.evm.phases import TRANSITIONS
from offchain.evm.receipt import Receipt
from offchain.evm.scratch import Scratch
from offchain.evm.slices import Slice
from offchain.evm.transaction import Transaction, decode_transaction
from offchain.evm.transaction_state import TransactionState

__all__ = ["Engine", "Machine"]

Engine = Callable[["Machine"], None]
"""Runs phase EXECUTE to its end: `offchain.evm.interpreter.run` is the reference."""


class Machine:
    """One batch in execution. Holds the whole state; the modules beside this one are its transitions.

    ``stepwise``: keep what proofs need (micro-steps, the sources of slices).
    ``decode`` and ``block_hash`` can be replaced: items decoded ahead of time, the fake hashes of state tests.
    ``system_call`` False leaves the EIP-2935 account alone, as state tests demand.
    """

    __slots__ = (
        "_block_hash",
        "codes",
        "context",
        "cursor",
        "data",
        "decode",
        "engine",
        "frame",
        "gas_left",
        "journal",
        "overlay",
        "phase",
        "receipts",
        "scratch",
        "stepwise",
        "system_call",
        "tx",
        "unit",
    )

    tx: TransactionState
    frame: Frame | None

    def __init__(
        self,
        pre: PreState,
        context: BatchContext,
        data: bytes,
        *,
        engine: Engine = run,
        codes: CodeCache | None = None,
        stepwise: bool = False,
        decode: Callable[[bytes, int], Transaction] = decode_transaction,
        block_hash: Callable[[int], bytes] | None = None,
        system_call: bool = True,
    ) -> None:
        self.context = context
        self.data = data
        self.codes = CodeCache() if codes is None else codes
        self.journal: list[JournalEntry] = []
        self.overlay = self.new_overlay(pre)
        self.scratch = self.new_scratch()
        self.stepwise = stepwise
        self.engine = engine
        self.decode = decode
        self._block_hash = block_hash
        self.system_call = system_call
        self.phase = Phase.BEGIN
        self.unit = 0
        self.cursor = FIRST_ITEM
        self.gas_left = context.gas_limit
        self.frame = None
        self.receipts: list[Receipt] = []

    # Transitions

    def step(self) -> None:
        """Make one step. At DIFF the state is a fixed point."""
        if self.phase is Phase.EXECUTE:
            step_frame(self)
        elif self.phase is not Phase.DIFF:
            TRANSITIONS[self.phase](self)

    def run_unit(self) -> None:
        """Make all steps of this unit."""
        unit = self.unit
        transitions, engine = TRANSITIONS, self.engine
        while self.unit == unit:
            phase = self.phase
            if phase is Phase.EXECUTE:
                engine(self)
            elif phase is Phase.DIFF:
                return
            else:
                transitions[phase](self)

    def run(self) -> None:
        """Make all steps of the batch."""
        while self.phase is not Phase.DIFF:
            self.run_unit()

    # What a machine that makes witnesses replaces (`offchain.proofs`)

    def new_overlay(self, pre: PreState) -> Overlay:
        """The batch's overlay."""
        return Overlay(pre, self.codes, self.journal)

    def new_scratch(self) -> Scratch:
        """An empty scratch for the next transaction."""
        return Scratch(self.journal)

    def observe(self, source: Slice, at: int, size: int) -> None:
        """A step reads these bytes of a slice; called only where reading them needs a proof on L1."""

    # What transitions share

    def checkpoint(self) -> Checkpoint:
        """What `restore` returns to."""
        tx = self.tx
        return Checkpoint(len(self.journal), tx.refund, len(tx.new_slots), len(tx.destroyed), len(tx.logs))

    def restore(self, checkpoint: Checkpoint) -> None:
        """Take back all effects since ``checkpoint``."""
        tx = self.tx
        undo(self.journal, checkpoint.journal)
        tx.refund = checkpoint.refund
        del tx.new_slots[checkpoint.new_slots :]
        del tx.destroyed[checkpoint.destroyed :]
        del tx.logs[checkpoint.logs :]

    def original_slot(self, slot: tuple[bytes, int], current: int) -> int:
        """The value with which the transaction began (EIP-2200): its first write finds it still there."""
        return self.tx.original_slots.setdefault(slot, current)

    def block_hash(self, number: int) -> int:
        """What BLOCKHASH pushes: the order hash from the EIP-2935 account, for the last 256 batches."""
        if not self.context.number - BLOCK_HASH_WINDOW <= number < self.context.number:
            return 0
        if self._block_hash is not None:
            return int.from_bytes(self._block_hash(number))
        return self.overlay.slot(history_slot(number))
