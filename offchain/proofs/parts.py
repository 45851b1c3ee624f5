"""A machine's state as the structs of docs/machine.md: bytes for witnesses, hashes for states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from offchain.evm.code import Code
from offchain.evm.frame import Frame
from offchain.evm.pending import CallReturn, Copy, CreateReturn, Hash
from offchain.evm.phase import Phase
from offchain.evm.slices import Slice as ByteSlice
from offchain.evm.slices import SliceKind, Source
from offchain.proofs.chains import destroyed_chain, new_slots_chain, stack_chain
from offchain.proofs.encoding import (
    CONST_TAG,
    FRAME_TAG,
    PENDING_TAG,
    TRANSACTION_TAG,
    hash_of,
    pending_bytes,
)
from offchain.proofs.source_trees import SourceTrees
from offchain.proofs.sponge import Sponges, sponge_hash
from offchain.trees.paged_tree import PagedTree
from offchain.trees.slices import CODE, DATA, EMPTY_SLICE, Slice

if TYPE_CHECKING:
    from offchain.evm.transaction_state import TransactionState
    from offchain.proofs.checkpoint import ProvenCheckpoint
    from offchain.proofs.order_layout import OrderLayout

__all__ = ["Parts"]

_ZERO: Final = bytes(32)
_SPARE_FRAMES: Final = 8  # whose caches may stay for a while after the frames have ended

_CALL_RETURN, _CREATE_RETURN, _COPY, _HASH = 1, 2, 3, 4


class _Live:
    """What is kept of a frame between two looks at it, so that only what changed is hashed.

    While a frame waits for its child nothing of it changes: ``waiting`` is its struct in that time, ``waits_for``
    the pending by which a later look finds that it is still the same wait.
    """

    __slots__ = ("const", "stack", "waiting", "waits_for")

    def __init__(self, const: bytes) -> None:
        self.const = const
        self.stack = stack_chain()
        self.waiting = b""
        self.waits_for: CallReturn | CreateReturn | None = None


class Parts:
    """The structs of one machine. Holds caches only."""

    def __init__(self) -> None:
        self._frames: dict[Frame, _Live] = {}
        self._new_slots = new_slots_chain()
        self._destroyed = destroyed_chain()
        self.sponges = Sponges()
        self.sources = SourceTrees()

    # Byte strings

    def _tree(self, kind: SliceKind, source: Source | None) -> PagedTree:
        assert source is not None, "a stepwise machine keeps the source of every slice"
        return self.sources.tree_of(CODE if kind is SliceKind.CODE else DATA, source)

    def slice_of(self, bytes_: ByteSlice) -> Slice:
        """The slice as it is committed to."""
        if not bytes_.size:
            return EMPTY_SLICE
        kind = CODE if bytes_.kind is SliceKind.CODE else DATA
        return Slice.of(kind, self._tree(bytes_.kind, bytes_.source).root, bytes_.offset, bytes_.size)

    def prove_slice(self, bytes_: ByteSlice, at: int, size: int) -> bytes:
        """The proof that `PagedProof.readSlice` reads."""
        available = max(0, min(size, bytes_.size - at))
        if not available:
            return b""
        return self._tree(bytes_.kind, bytes_.source).prove_range(bytes_.offset + at, available)

    def code_tree(self, code: Code) -> PagedTree:
        """The paged tree of a frame's code."""
        return self.sources.tree_of(CODE, code.raw)

    def memory_tree(self, frame: Frame) -> PagedTree:
        """The paged tree of the memory as it is now."""
        return self.sources.tree_of(DATA, frame.memory)

    # Frames

    def forget_frames(self, running: Frame | None) -> None:
        """Drop what is kept of frames that have ended, once it is much."""
        depth = 0 if running is None else running.depth + 1
        if len(self._frames) <= depth + _SPARE_FRAMES:
            return
        live: dict[Frame, _Live] = {}
        memories = []
        while running is not None:
            if running in self._frames:
                live[running] = self._frames[running]
            memories += [running.memory, running.return_data.source]
            running = running.parent
        self._frames = live
        self.sources.keep_memories(memories)

    def forget_all_frames(self) -> None:
        """All frames are other ones now. What is kept of bytes may still serve."""
        self._frames = {}
        self.sources.keep_memories(())

    def enter_frames(self, running: Frame) -> None:
        """Make the caches of all open frames, the top one first: each struct `const` holds the frame above it."""
        unknown = []
        frame: Frame | None = running
        while frame is not None and frame not in self._frames:
            unknown.append(frame)
            frame = frame.parent
        for frame in reversed(unknown):
            self.live(frame)

    def live(self, frame: Frame) -> _Live:
        """The caches of a frame."""
        live = self._frames.get(frame)
        if live is None:
            live = self._frames[frame] = _Live(self._const_bytes(frame))
        return live

    def const_bytes(self, frame: Frame) -> bytes:
        """Struct `const`, 182 bytes."""
        return self.live(frame).const

    def _const_bytes(self, frame: Frame) -> bytes:
        checkpoint: ProvenCheckpoint = frame.checkpoint  # type: ignore[assignment]
        parent = _ZERO if frame.parent is None else hash_of(FRAME_TAG, self.frame_bytes(frame.parent))
        return b"".join(
            (
                bytes([frame.kind]),
                frame.address,
                frame.caller,
                frame.value.to_bytes(32, "big"),
                self.slice_of(frame.input).encode(),
                bytes([frame.static]),
                frame.depth.to_bytes(2, "big"),
                bytes([frame.is_new]),
                checkpoint.hash,
                parent,
            )
        )

    def frame_bytes(self, frame: Frame) -> bytes:
        """Struct `frame`, 223 bytes."""
        live = self.live(frame)
        pending = frame.pending
        if pending is not None and pending is live.waits_for:
            return live.waiting
        code = frame.code
        struct = b"".join(
            (
                hash_of(CONST_TAG, live.const),
                self.code_tree(code).root,
                code.size.to_bytes(4, "big"),
                frame.pc.to_bytes(4, "big"),
                frame.gas.to_bytes(8, "big"),
                self.stack_hash(frame, len(frame.stack)),
                len(frame.stack).to_bytes(2, "big"),
                self.memory_tree(frame).root,
                len(frame.memory).to_bytes(4, "big"),
                self.slice_of(frame.return_data).encode(),
                self.pending_hash(frame),
            )
        )
        if isinstance(pending, CallReturn | CreateReturn):
            live.waiting, live.waits_for = struct, pending
        return struct

    def stack_hash(self, frame: Frame, height: int) -> bytes:
        """The chain of the lowest ``height`` words."""
        return self.live(frame).stack.hash(frame.stack, height)

    def pending_bytes(self, frame: Frame) -> bytes:
        """Struct `pending`, 86 bytes, b"" where nothing is pending."""
        pending = frame.pending
        if pending is None:
            return b""
        if isinstance(pending, CallReturn):
            # The place of an empty output does not matter and may not fit.
            destination = pending.offset if pending.size else 0
            return pending_bytes(_CALL_RETURN, EMPTY_SLICE, 0, destination, pending.size, _ZERO)
        if isinstance(pending, CreateReturn):
            return pending_bytes(_CREATE_RETURN, EMPTY_SLICE, 0, 0, 0, _ZERO)
        source = self.slice_of(pending.source)
        if isinstance(pending, Copy):
            return pending_bytes(_COPY, source, pending.offset, pending.destination, pending.remaining, _ZERO)
        assert isinstance(pending, Hash)
        sponge = sponge_hash(self.sponge_bytes(pending))
        return pending_bytes(_HASH, source, pending.absorbed, 0, 0, sponge)

    def sponge_bytes(self, pending: Hash) -> bytes:
        """The sponge of a long hash, b"" before its first block."""
        return self.sponges.bytes_at(pending.source.content, pending.absorbed)

    def pending_hash(self, frame: Frame) -> bytes:
        """Hash of `pending`, 0 where nothing is pending."""
        struct = self.pending_bytes(frame)
        return hash_of(PENDING_TAG, struct) if struct else _ZERO

    # The transaction

    def transaction_bytes(
        self, tx: TransactionState, phase: Phase, layout: OrderLayout, diff_root0: bytes, scratch_root: bytes
    ) -> bytes:
        """Struct `tx`, 346 bytes."""
        transaction = tx.transaction
        to = tx.contract_address if transaction.to is None else transaction.to
        assert to is not None
        if phase <= Phase.START:
            gas = transaction.gas_limit - transaction.intrinsic_gas
        else:
            gas = 0 if phase is Phase.EXECUTE else tx.gas_left
        cursor, keys_end, list_address = layout.list_position(phase, tx.list_cursor)
        return b"".join(
            (
                tx.origin,
                to,
                bytes([transaction.to is None]),
                transaction.value.to_bytes(32, "big"),
                tx.gas_price.to_bytes(32, "big"),
                transaction.gas_limit.to_bytes(8, "big"),
                gas.to_bytes(8, "big"),
                transaction.floor_gas.to_bytes(8, "big"),
                self.slice_of(tx.data).encode(),
                layout.access_list_end.to_bytes(4, "big"),
                layout.authorizations_start.to_bytes(4, "big"),
                layout.authorizations_end.to_bytes(4, "big"),
                cursor.to_bytes(4, "big"),
                keys_end.to_bytes(4, "big"),
                list_address,
                diff_root0,
                scratch_root,
                tx.refund.to_bytes(8, "big"),
                self.new_slots_hash(tx, len(tx.new_slots)),
                self.destroyed_hash(tx, len(tx.destroyed)),
            )
        )

    @staticmethod
    def transaction_hash(struct: bytes) -> bytes:
        """Hash of `tx`."""
        return hash_of(TRANSACTION_TAG, struct)

    def new_slots_hash(self, tx: TransactionState, length: int) -> bytes:
        """The chain of the first ``length`` new slots."""
        return self._new_slots.hash(tx.new_slots, length)

    def destroyed_hash(self, tx: TransactionState, length: int) -> bytes:
        """The chain of the first ``length`` destroyed contracts."""
        return self._destroyed.hash(tx.destroyed, length)
