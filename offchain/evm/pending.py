"""What a frame has to finish before its next instruction: the bounded micro-steps, and what a child returns to.

A stepwise machine takes one page of a copy and one block of a long hash a step; any other machine takes all of
it at once. Both end in the same state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from offchain.evm.slices import MemoryBefore, Slice
from offchain.hashing import keccak
from offchain.trees.paged_bytes import PAGE_SIZE

if TYPE_CHECKING:
    from offchain.evm.frame import Frame

__all__ = [
    "KECCAK_BLOCK",
    "NATIVE_HASH_LIMIT",
    "CallReturn",
    "Copy",
    "CreateReturn",
    "Hash",
    "Pending",
    "advance",
    "begin_copy",
    "begin_hash",
    "copy_part",
]

KECCAK_BLOCK: Final = 136  # the rate of Keccak-256 in bytes
NATIVE_HASH_LIMIT: Final = 4_096  # longer inputs go through the sponge, a block a step


@dataclass(slots=True)
class CallReturn:
    """The child is a call: its output goes to ``offset``, at most ``size`` bytes of it."""

    offset: int
    size: int


@dataclass(slots=True)
class CreateReturn:
    """The child is a creation of the contract at ``address``."""

    address: bytes


@dataclass(slots=True)
class Copy:
    """``remaining`` bytes from ``offset`` of ``source`` to ``destination`` in memory; past its end are zeros.

    The source is immutable: where it is the frame's own memory, it is the memory before the copy.
    """

    source: Slice
    offset: int
    destination: int
    remaining: int


@dataclass(slots=True)
class Hash:
    """KECCAK256 of ``source`` with ``absorbed`` bytes in the sponge; the hash goes on the stack."""

    source: Slice
    absorbed: int


Pending = CallReturn | CreateReturn | Copy | Hash


def begin_copy(frame: Frame, source: Slice, offset: int, destination: int, size: int) -> None:
    """Copy into memory that `Frame.expand` has paid for, at once or as micro-steps."""
    if not size:
        return
    if frame.machine.stepwise:
        if source.source is frame.memory:  # MCOPY: the copy overwrites its own source
            before = MemoryBefore(frame.memory, destination, size)
            source = Slice(source.content, source.kind, before, source.offset)
        frame.pending = Copy(source, min(offset, source.size), destination, size)
        return
    part = source.content[offset : offset + size]
    frame.memory[destination : destination + size] = part.ljust(size, b"\0")


def begin_hash(frame: Frame, source: Slice) -> None:
    """Push the hash of ``source``, at once or as micro-steps."""
    if frame.machine.stepwise and source.size > NATIVE_HASH_LIMIT:
        frame.pending = Hash(source, 0)
    else:
        frame.machine.observe(source, 0, source.size)
        frame.stack.append(int.from_bytes(keccak(source.content)))


def advance(frame: Frame, pending: Copy | Hash) -> None:
    """One micro-step."""
    if isinstance(pending, Hash):
        _absorb_block(frame, pending)
    else:
        _copy_page(frame, pending)


def _copy_page(frame: Frame, copy: Copy) -> None:
    """Fill what one page of memory takes of the copy."""
    size = min(copy.remaining, PAGE_SIZE - copy.destination % PAGE_SIZE)
    frame.machine.observe(copy.source, copy.offset, size)
    copy_part(frame, copy, size)


def copy_part(frame: Frame, copy: Copy, size: int) -> None:
    """The next ``size`` bytes of a copy, up to the border of a page or to its end."""
    destination = copy.destination
    part = copy.source.content[copy.offset : copy.offset + size]
    frame.memory[destination : destination + size] = part.ljust(size, b"\0")
    copy.offset = min(copy.offset + size, copy.source.size)
    copy.destination += size
    copy.remaining -= size
    if not copy.remaining:
        frame.pending = None


def _absorb_block(frame: Frame, hash_: Hash) -> None:
    """Absorb one block; the padded last one yields the hash.

    The state of the sponge is a function of what was absorbed, so it is not kept here.
    """
    frame.machine.observe(hash_.source, hash_.absorbed, KECCAK_BLOCK)
    hash_.absorbed += KECCAK_BLOCK
    # The padding takes at least one byte: a message of whole blocks has one more block.
    if hash_.absorbed > hash_.source.size:
        frame.pending = None
        frame.stack.append(int.from_bytes(keccak(hash_.source.content)))
