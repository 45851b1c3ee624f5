"""One frame: a message call or a creation in progress, with its stack, memory and gas.

Constants of the frame come first, as `FrameConst` in docs/machine.md; the rest changes with the steps.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final, cast

from offchain.evm.exceptions import OutOfGas
from offchain.evm.gas import MAX_MEMORY_SIZE
from offchain.evm.slices import EMPTY_SLICE, LentMemory, Slice, SliceKind

if TYPE_CHECKING:
    from offchain.evm.code import Code
    from offchain.evm.journal import Checkpoint
    from offchain.evm.machine import Machine
    from offchain.evm.pending import Pending

__all__ = ["Frame", "FrameKind", "memory_gas"]

_LENT_FROM: Final = 4_096  # bytes; copying less is cheaper than reading through an object


class FrameKind(IntEnum):
    """Why the frame runs: it decides what its end does."""

    CALL = 0
    CREATE = 1


def memory_gas(size: int) -> int:
    """Total gas for ``size`` bytes of memory, a multiple of 32 (yellow paper, appendix H)."""
    count = size >> 5
    return 3 * count + (count * count >> 9)


class Frame:
    """A frame of the machine. ``is_new``: this transaction created the contract at ``address`` (EIP-6780)."""

    __slots__ = (
        "address",
        "caller",
        "checkpoint",
        "code",
        "depth",
        "gas",
        "input",
        "is_new",
        "kind",
        "machine",
        "memory",
        "parent",
        "pc",
        "pending",
        "return_data",
        "stack",
        "static",
        "value",
    )

    def __init__(
        self,
        machine: Machine,
        kind: FrameKind,
        address: bytes,
        caller: bytes,
        value: int,
        input_: Slice,
        static: bool,
        depth: int,
        is_new: bool,
        checkpoint: Checkpoint,
        parent: Frame | None,
        code: Code,
        gas: int,
    ) -> None:
        self.machine = machine
        self.kind = kind
        self.address = address
        self.caller = caller
        self.value = value
        self.input = input_
        self.static = static
        self.depth = depth
        self.is_new = is_new
        self.checkpoint = checkpoint
        self.parent = parent
        self.code = code
        self.pc = 0
        self.gas = gas
        self.stack: list[int] = []
        self.memory = bytearray()
        self.return_data = EMPTY_SLICE
        self.pending: Pending | None = None

    def charge(self, cost: int) -> None:
        """Pay ``cost`` gas; every dynamic cost goes through here or `expand`."""
        gas = self.gas - cost
        if gas < 0:
            raise OutOfGas
        self.gas = gas

    def expand(self, offset: int, size: int) -> None:
        """Pay for memory up to ``offset + size`` and grow it to whole words. Size 0 touches nothing."""
        if not size:
            return
        end = offset + size
        memory = self.memory
        have = len(memory)
        if end <= have:
            return
        if end > MAX_MEMORY_SIZE:
            raise OutOfGas
        want = (end + 31) & ~31
        gas = self.gas - memory_gas(want) + memory_gas(have)
        if gas < 0:
            raise OutOfGas
        self.gas = gas
        memory.extend(bytes(want - have))

    def slice_memory(self, offset: int, size: int) -> Slice:
        """The slice of memory as it is now; `expand` has been called for it.

        Its source is the memory itself: who keeps the slice while this frame goes on has to freeze it.
        """
        if not size:
            return EMPTY_SLICE
        memory = self.memory
        content = bytes(memory[offset : offset + size])
        if self.machine.stepwise:
            return Slice(content, SliceKind.DATA, memory, offset)
        return Slice(content)

    def lend_memory(self, offset: int, size: int) -> Slice:
        """`slice_memory` for a child's input: this memory rests while the child runs, so no large part is copied."""
        if size <= _LENT_FROM:
            return self.slice_memory(offset, size)
        content = cast(bytes, LentMemory(self.memory, offset, size))
        if self.machine.stepwise:
            return Slice(content, SliceKind.DATA, self.memory, offset)
        return Slice(content)
