"""A machine that makes witnesses: it steps as the machine does, and each step leaves the parts that open it on L1.

The order of the parts is the order in which the provers of contracts/osp read them:

    prover u8 | machine | the parts of the phase, see docs/one-step-proofs.md

`step` returns the witness of the step it made; `hash` is the hash of the state between steps.
"""

from __future__ import annotations

from typing import Any, Final

from offchain.evm.context import BatchContext, PreState
from offchain.evm.frame import Frame
from offchain.evm.gas import MAX_MEMORY_SIZE
from offchain.evm.instructions import INSTRUCTIONS
from offchain.evm.interpreter import MAX_STACK, MIN_STACK
from offchain.evm.items import LENGTH_BYTES, MAX_ITEM_SIZE, MAX_ITEMS, next_item
from offchain.evm.journal import Checkpoint
from offchain.evm.pending import Copy, Hash
from offchain.evm.phase import Phase
from offchain.evm.slices import Slice
from offchain.proofs.checkpoint import ProvenCheckpoint
from offchain.proofs.committed_machine import CommittedMachine
from offchain.proofs.needs import CONST, CONTEXT, NEEDS, TRANSACTION
from offchain.proofs.overlay import ProvingOverlay, ProvingScratch
from offchain.proofs.provers import prover_of
from offchain.trees.paged_bytes import PAGE_SIZE
from offchain.trees.sparse_merkle_tree import SparseMerkleTree

__all__ = ["ProvenCheckpoint", "ProvingMachine"]

_JUMP, _JUMPI, _PUSH1, _PUSH32 = 0x56, 0x57, 0x60, 0x7F
_MLOAD, _MSTORE, _MSTORE8, _CALLDATALOAD = 0x51, 0x52, 0x53, 0x35
_ADDRESS_ENTRY: Final = 32  # enough for a tuple's header, its address and the header of its keys
_KEY_ENTRY: Final = 33
_AUTHORIZATION_ENTRY: Final = 134  # the longest tuple with its header


class ProvingMachine(CommittedMachine):
    """The machine over a pre-state whose tree is at hand. Arguments as of `CommittedMachine`."""

    overlay: ProvingOverlay
    scratch: ProvingScratch

    def __init__(
        self, pre: PreState, pre_tree: SparseMerkleTree, context: BatchContext, data: bytes, **options: Any
    ) -> None:
        self._witness: list[bytes] = []
        self._opened = 0
        self._running: Frame | None = None
        super().__init__(pre, pre_tree, context, data, **options)

    # Replacements in the machine

    def new_overlay(self, pre: PreState) -> ProvingOverlay:
        """See `Machine.new_overlay`."""
        return ProvingOverlay(pre, self._pre_tree, self.codes, self.journal, self._record)

    def new_scratch(self) -> ProvingScratch:
        """See `Machine.new_scratch`; called when a transaction begins."""
        self.diff0 = self.overlay.mirror.tree.copy()
        return ProvingScratch(self.journal, self._record)

    def observe(self, source: Slice, at: int, size: int) -> None:
        """See `Machine.observe`."""
        self._record(self.parts.prove_slice(source, at, size))

    def checkpoint(self) -> Checkpoint:
        """See `Machine.checkpoint`."""
        checkpoint = ProvenCheckpoint(*super().checkpoint())
        tx = self.tx
        checkpoint.commit(
            self.overlay.mirror.tree.copy(),
            self.scratch.mirror.tree.copy(),
            self.parts.new_slots_hash(tx, len(tx.new_slots)),
            self.parts.destroyed_hash(tx, len(tx.destroyed)),
        )
        return checkpoint

    def restore(self, checkpoint: Checkpoint) -> None:
        """See `Machine.restore`. Only an earlier step's checkpoint has to be opened."""
        assert isinstance(checkpoint, ProvenCheckpoint)
        if self._running is not None and checkpoint is self._running.checkpoint:
            self._open(CONST | TRANSACTION)
            self._record(checkpoint.struct)
        super().restore(checkpoint)
        self.overlay.forget()
        self.overlay.mirror.reset(checkpoint.diff.copy())
        self.scratch.mirror.reset(checkpoint.scratch.copy())

    def original_slot(self, slot: tuple[bytes, int], current: int) -> int:
        """See `Machine.original_slot`."""
        self.overlay.original_slot(slot, self.diff0)
        return super().original_slot(slot, current)

    # States

    @property
    def diff_tree(self) -> SparseMerkleTree:
        """See `CommittedMachine.diff_tree`."""
        return self.overlay.mirror.tree

    @property
    def scratch_tree(self) -> SparseMerkleTree:
        """See `CommittedMachine.scratch_tree`."""
        return self.scratch.mirror.tree

    def adopt_trees(self, diff: SparseMerkleTree, scratch: SparseMerkleTree) -> None:
        """See `CommittedMachine.adopt_trees`."""
        self.overlay.mirror.reset(diff)
        self.scratch.mirror.reset(scratch)

    # Steps

    def prove_step(self) -> bytes:
        """Make one step; its witness."""
        self._witness = []
        self._opened = 0
        self._running = self.frame
        self.overlay.forget()
        self._record(self.machine_struct())
        prover = prover_of(self)
        if self.phase is Phase.EXECUTE:
            self._prove_frame_step()
        else:
            self._prove_phase_step()
        self.parts.forget_frames(self.frame)
        return bytes([prover]) + b"".join(self._witness)

    def pass_over(self, count: int) -> None:
        """Make ``count`` steps and keep no witness of them; the states are those of `prove_step`."""
        step = self.step
        nothing_to_open = CONST | TRANSACTION | CONTEXT
        self._running, self._opened = None, nothing_to_open
        for _ in range(count):
            if self.phase is Phase.ITEM:  # its proof lays out the order for later witnesses
                self.prove_step()
                self._running, self._opened = None, nothing_to_open
            else:
                step()
        self._witness = []
        self.parts.forget_frames(self.frame)

    def _record(self, part: bytes) -> None:
        self._witness.append(part)

    def _open(self, what: int) -> None:
        """Const, transaction and context: each at most once, as they were when the step began."""
        what &= ~self._opened
        self._opened |= what
        if what & CONST:
            assert self._running is not None
            self._record(self.parts.const_bytes(self._running))
        if what & TRANSACTION:
            self._record(self._opening_transaction)
        if what & CONTEXT:
            self._record(self.context_struct)

    def _prove_phase_step(self) -> None:
        phase = self.phase
        if self.in_transaction():
            self._opening_transaction = self.transaction_struct()
            self._open(TRANSACTION)
        self._open(CONTEXT)
        if phase is Phase.ITEM:
            self._prove_item()
            return
        if phase is Phase.ACCESS_LIST:
            cursor, keys_end, _ = self.layout.list_position(phase, self.tx.list_cursor)
            left = self.layout.access_list_end - cursor
            self._prove_order(cursor, _KEY_ENTRY if keys_end else min(_ADDRESS_ENTRY, left))
        elif phase is Phase.AUTHORIZATION:
            cursor, _, _ = self.layout.list_position(phase, self.tx.list_cursor)
            self._prove_order(cursor, min(_AUTHORIZATION_ENTRY, self.layout.authorizations_end - cursor))
        elif phase is Phase.PURGE:
            self._prove_purge()
        self.step()

    def _prove_order(self, at: int, size: int) -> None:
        self._record(self.data_tree.prove_range(at, size))

    def _prove_item(self) -> None:
        found = None
        if self.unit <= MAX_ITEMS:
            if self.cursor + LENGTH_BYTES <= len(self.data):
                self._prove_order(self.cursor, LENGTH_BYTES)
            found = next_item(self.data, self.cursor)
        if found is not None and found[1] <= MAX_ITEM_SIZE:
            self._prove_order(*found)
        self.step_item()

    def _prove_purge(self) -> None:
        tx = self.tx
        if tx.new_slots:
            address, key = tx.new_slots[-1]
            chain = self.parts.new_slots_hash(tx, len(tx.new_slots) - 1)
            self._record(address + key.to_bytes(32, "big") + chain)
        else:
            self._record(tx.destroyed[-1] + self.parts.destroyed_hash(tx, len(tx.destroyed) - 1))

    def _prove_frame_step(self) -> None:
        frame = self.frame
        assert frame is not None
        self._opening_transaction = self.transaction_struct()
        self._record(self.parts.frame_bytes(frame))
        parent = frame.parent
        waiting = b""
        if parent is not None:
            waiting = self.parts.frame_bytes(parent) + self.parts.pending_bytes(parent)
        if frame.pending is not None:
            self._prove_micro_step(frame)
        else:
            self._prove_instruction(frame)
        if self.frame is not frame and (self.frame is None or self.frame is parent):
            self._open(CONST | TRANSACTION)
            self._record(waiting)

    def _prove_micro_step(self, frame: Frame) -> None:
        pending = frame.pending
        self._record(self.parts.pending_bytes(frame))
        after = b""
        if isinstance(pending, Copy):
            size = min(pending.remaining, PAGE_SIZE - pending.destination % PAGE_SIZE)
            after = self.parts.memory_tree(frame).prove_range(pending.destination, size)
        else:
            assert isinstance(pending, Hash)
            self._record(self.parts.sponge_bytes(pending))
        self.step()
        self._record(after)

    def _prove_instruction(self, frame: Frame) -> None:
        code = frame.code
        pc = frame.pc
        opcode = code.padded[pc]
        if pc < code.size:
            self._record(self.parts.code_tree(code).prove_pages(pc // PAGE_SIZE))
        have = len(frame.stack)
        entry = INSTRUCTIONS[opcode]
        fit = MIN_STACK[opcode] <= have <= MAX_STACK[opcode] and entry.gas <= frame.gas
        if not fit:
            self.step()
            return
        if entry.pops:
            words = frame.stack[have - entry.pops :]
            self._record(b"".join([word.to_bytes(32, "big") for word in reversed(words)]))
            self._record(self.parts.stack_hash(frame, have - entry.pops))
        self._open(NEEDS[opcode])
        extra = self._extra(frame, opcode)
        self.step()
        if extra is not None and self.frame is frame:  # a halt leaves the frame
            self._record(extra)

    def _extra(self, frame: Frame, opcode: int) -> bytes | None:
        """The one proof of instructions that read code, memory or input by themselves.

        It is recorded behind the step, and not where the step halts before it reads.
        """
        code = frame.code
        stack = frame.stack
        if _PUSH1 <= opcode <= _PUSH32:
            last = (frame.pc + opcode - _PUSH1 + 1) // PAGE_SIZE
            if last != frame.pc // PAGE_SIZE and last * PAGE_SIZE < code.size:
                return self.parts.code_tree(code).prove_pages(last)
        elif opcode == _JUMP or (opcode == _JUMPI and stack[-2]):
            if stack[-1] < code.size:
                self._record(self.parts.code_tree(code).prove_pages(stack[-1] // PAGE_SIZE))
        elif opcode in (_MLOAD, _MSTORE, _MSTORE8):
            size = 1 if opcode == _MSTORE8 else 32
            if stack[-1] + size <= MAX_MEMORY_SIZE:
                return self.parts.memory_tree(frame).prove_range(stack[-1], size)
        elif opcode == _CALLDATALOAD:
            return self.parts.prove_slice(frame.input, stack[-1], 32)
        return None
