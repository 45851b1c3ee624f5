"""A machine's state as the structs of docs/machine.md: bytes for witnesses, hashes for states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from offchain.evm.code import Code
from offchain.evm.frame import Frame
from offchain.evm.pending import CallReturn, Copy, CreateReturn, Hash
from offchain.evm.phase import Phase
from offchain.evm.slices import Slice as ByteSlice
from offchain.evm.slices import SliceKind
from offchain.proofs.encoding import (
    CONST_TAG,
    FRAME_TAG,
    TRANSACTION_TAG,
    hash_of,
    pending_bytes,
    push_destroyed,
    push_new_slot,
    push_word,
)
from offchain.proofs.sponge import sponge_hash
from offchain.trees.paged_tree import PagedTree
from offchain.trees.slices import CODE, DATA, EMPTY_SLICE, Slice

if TYPE_CHECKING:
    from offchain.evm.transaction_state import TransactionState
    from offchain.proofs.machine import ProvenCheckpoint
    from offchain.proofs.order_layout import OrderLayout

__all__ = ["Parts"]

_ZERO: Final = bytes(32)
_CACHED_TREES: Final = 256

_CALL_RETURN, _CREATE_RETURN, _COPY, _HASH = 1, 2, 3, 4


class _Live:
    """What is kept of a frame between two looks at it, so that only what changed is hashed."""

    __slots__ = ("const", "memory", "stack", "stack_hashes", "tree")

    def __init__(self, const: bytes) -> None:
        self.const = const
        self.stack: list[int] = []
        self.stack_hashes: list[bytes] = [_ZERO]
        self.memory = b""
        self.tree = PagedTree()


class Parts:
    """The structs of one machine. Holds caches only."""

    def __init__(self) -> None:
        self._frames: dict[Frame, _Live] = {}
        self._trees: dict[tuple[int, bytes], PagedTree] = {}

    # Byte strings

    def tree_of(self, kind: int, data: bytes) -> PagedTree:
        """The paged tree of immutable bytes."""
        key = (kind, data)
        tree = self._trees.get(key)
        if tree is None:
            if len(self._trees) >= _CACHED_TREES:
                for old in list(self._trees)[: _CACHED_TREES // 2]:
                    del self._trees[old]
            tree = self._trees[key] = PagedTree(data, kind)
        return tree

    def slice_of(self, bytes_: ByteSlice) -> Slice:
        """The slice as it is committed to."""
        if not bytes_.size:
            return EMPTY_SLICE
        assert bytes_.source is not None, "a stepwise machine keeps the source of every slice"
        kind = CODE if bytes_.kind is SliceKind.CODE else DATA
        return Slice.of(kind, self.tree_of(kind, bytes_.source).root, bytes_.offset, bytes_.size)

    def prove_slice(self, bytes_: ByteSlice, at: int, size: int) -> bytes:
        """The proof that `PagedProof.readSlice` reads."""
        available = max(0, min(size, bytes_.size - at))
        if not available:
            return b""
        assert bytes_.source is not None
        kind = CODE if bytes_.kind is SliceKind.CODE else DATA
        return self.tree_of(kind, bytes_.source).prove_range(bytes_.offset + at, available)

    def code_tree(self, code: Code) -> PagedTree:
        """The paged tree of a frame's code."""
        return self.tree_of(CODE, code.raw)

    # Frames

    def forget_frames(self, running: Frame | None) -> None:
        """Drop what is kept of frames that have ended."""
        chain = set()
        while running is not None:
            chain.add(running)
            running = running.parent
        for frame in [frame for frame in self._frames if frame not in chain]:
            del self._frames[frame]

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
        code = frame.code
        return b"".join(
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

    def stack_hash(self, frame: Frame, height: int) -> bytes:
        """The chain of the lowest ``height`` words."""
        live = self.live(frame)
        stack, seen, hashes = frame.stack, live.stack, live.stack_hashes
        same = 0
        limit = min(len(seen), len(stack))
        if seen[:limit] == stack[:limit]:
            same = limit
        else:
            while seen[same] == stack[same]:
                same += 1
        del hashes[same + 1 :]
        for word in stack[same:]:
            hashes.append(push_word(hashes[-1], word))
        live.stack = stack.copy()
        return hashes[height]

    def memory_tree(self, frame: Frame) -> PagedTree:
        """The paged tree of the memory as it is now."""
        live = self.live(frame)
        memory = frame.memory
        if memory != live.memory:
            before = live.memory
            for at in range(0, len(memory), 256):
                page = bytes(memory[at : at + 256])
                if page != before[at : at + 256]:
                    live.tree.write(at, page)
            live.memory = bytes(memory)
        return live.tree

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
        sponge = sponge_hash(pending.source.content[: pending.absorbed])
        return pending_bytes(_HASH, source, pending.absorbed, 0, 0, sponge)

    def pending_hash(self, frame: Frame) -> bytes:
        """Hash of `pending`, 0 where nothing is pending."""
        struct = self.pending_bytes(frame)
        return hash_of(b"\x19", struct) if struct else _ZERO

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
                new_slots_hash(tx.new_slots),
                destroyed_hash(tx.destroyed),
            )
        )

    @staticmethod
    def transaction_hash(struct: bytes) -> bytes:
        """Hash of `tx`."""
        return hash_of(TRANSACTION_TAG, struct)


def new_slots_hash(new_slots: list[tuple[bytes, int]]) -> bytes:
    """The chain of new slots."""
    chain = _ZERO
    for address, key in new_slots:
        chain = push_new_slot(chain, address, key)
    return chain


def destroyed_hash(destroyed: list[bytes]) -> bytes:
    """The chain of destroyed contracts."""
    chain = _ZERO
    for address in destroyed:
        chain = push_destroyed(chain, address)
    return chain
