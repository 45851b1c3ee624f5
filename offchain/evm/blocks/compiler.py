"""From code to a Python function: the trace from one program counter, with the stack kept in local names.

Gas. The static gas of a segment (up to the next conditional jump) is charged at its start. That is exact,
because a segment has no exit but its end and exceptional halts, and all of those have one outcome; `rest` is what
was charged ahead, for the instructions that look at the gas left.

Stack. Words of the frame's stack are loaded when an instruction first reaches them, and written back where control
leaves the function. `floor` and `peak` are how deep the trace reaches and how high it grows, checked at the entry.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Final

from offchain.evm.blocks.expressions import RUNTIME
from offchain.evm.blocks.operations import Operations
from offchain.evm.exceptions import InvalidJump, OutOfGas
from offchain.evm.gas import MAX_STACK_SIZE
from offchain.evm.instructions import INSTRUCTIONS
from offchain.evm.instructions.storage import store
from offchain.hashing import keccak

if TYPE_CHECKING:
    from offchain.evm.code import Code
    from offchain.evm.frame import Frame

__all__ = ["TERMINATORS", "Block", "compile_block"]

Block = Callable[["Frame"], None]

MAX_TRACE: Final = 256  # instructions
MAX_SOURCE: Final = 1_250  # characters; Python compiles about 4 of them in a microsecond
_STOP, _JUMP, _JUMPI, _JUMPDEST, _REVERT, _INVALID = 0x00, 0x56, 0x57, 0x5B, 0xFD, 0xFE
_PUSH0, _PUSH32 = 0x5F, 0x7F

# After these the frame is over, waits for a child, or goes on elsewhere.
TERMINATORS: Final = frozenset(
    [_STOP, _JUMP, _JUMPI, 0xF0, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xFA, _REVERT, 0xFF]
    + [opcode for opcode, entry in enumerate(INSTRUCTIONS) if entry.name == "INVALID"]
)


def _grow(frame: Frame, gas: int, offset: int, size: int) -> int:
    """Expand memory on behalf of a trace that keeps the gas in a local name."""
    frame.gas = gas
    frame.expand(offset, size)
    return frame.gas


def compile_block(code: Code, start: int, interpret: Callable[[Frame], object]) -> Block:
    """The function for the trace that begins at ``start``; ``interpret`` takes over where it can't go on."""
    source = _Trace(code, start).source()
    made: dict[str, Block] = {}
    exec(compile(source, f"<block {start:#x}>", "exec"), _names(interpret), made)  # noqa: S102  generated below
    return made["block"]


@cache
def _names(interpret: Callable[[Frame], object]) -> dict[str, object]:
    """What all functions find by name."""
    return {
        **RUNTIME,
        "InvalidJump": InvalidJump,
        "OutOfGas": OutOfGas,
        "grow": _grow,
        "handlers": tuple(entry.handler for entry in INSTRUCTIONS),
        "interpret": interpret,
        "keccak": keccak,
        "store": store,
    }


class _Trace(Operations):
    """The builder of one function: where a trace goes, and where control leaves it."""

    def source(self) -> str:
        """The function's text."""
        seen: set[int] = set()
        count = size = measured = 0
        while True:
            size += sum([len(line) for line in self.lines[measured:]])
            measured = len(self.lines)
            if self.pc in seen or count == MAX_TRACE or size > MAX_SOURCE:
                self._close_at_boundary()
                break
            seen.add(self.pc)
            count += 1
            opcode = self.code.padded[self.pc]
            entry = INSTRUCTIONS[opcode]
            self.stack.bounds(entry.pops, entry.pushes)
            self.segment_gas += entry.gas
            if opcode in TERMINATORS:
                if self._terminate(opcode):
                    break
                continue
            self.instruction(opcode)
        self.end_segment()
        return self._function()

    def _function(self) -> str:
        indent = "        " if self.loops else "    "
        head = ["def block(frame):", "    stack = frame.stack", "    memory = frame.memory"]
        if "slots" in self.uses:
            head += [
                "    machine = frame.machine",
                "    address = frame.address",
                "    scratch = machine.scratch",
                "    warm_slots = scratch.warm_slots",
                "    overlay = machine.overlay",
                "    slots = overlay.slots",
            ]
        if "input" in self.uses:
            head.append("    calldata = frame.input.content")
        checks = [
            "height = len(stack)",
            f"gas = frame.gas - {self.first_charge}",
            f"if gas < 0 or height < {self.stack.floor} or height > {MAX_STACK_SIZE - self.stack.peak}:",
            f"    frame.pc = {self.start}",
            "    interpret(frame)",
            "    return",
        ]
        if self.loops:
            head.append("    while True:")
        return "\n".join(head + [indent + line for line in checks + self.lines]) + "\n"

    def _close_at_boundary(self) -> None:
        """The trace ends before ``pc``, whose instruction belongs to another."""
        if self.pc == self.start:
            self._loop()
        else:
            self.leave(str(self.pc))
            self.emit("return")

    def _loop(self, indent: str = "") -> None:
        self.loops = True
        self.leave(str(self.start), indent)
        self.emit(f"{indent}continue")

    def _terminate(self, opcode: int) -> bool:
        """Compile a terminator; False where the trace goes on behind it."""
        if opcode == _JUMP:
            target = self.pop()
            if target.constant is None:
                self.emit(f"if {target} not in frame.code.jump_targets: raise InvalidJump")
                self.leave(str(target))
            elif target.constant not in self.code.jump_targets:
                self.emit("raise InvalidJump")
            else:
                self.pc = target.constant
                return False
            self.emit("return")
            return True
        if opcode == _JUMPI:
            return self._terminate_jumpi()
        for line in self.stack.written_back():
            self.emit(line)
        self.emit("frame.gas = gas")
        self.emit(f"frame.pc = {self.pc}")
        self.emit(f"handlers[{opcode}](frame)")
        self.emit("return")
        return True

    def _terminate_jumpi(self) -> bool:
        target, condition = self.pop(), self.pop()
        after = self.pc + 1
        if target.constant is None:
            self.emit(f"if {condition.condition()}:")
            self.emit(f"    if {target} not in frame.code.jump_targets: raise InvalidJump")
            self.leave(str(target), "    ")
            self.emit("else:")
            self.leave(str(after), "    ")
            self.emit("return")
            return True
        taken = target.constant
        valid = taken in self.code.jump_targets
        follow_taken = valid and taken > self.pc and self._gives_up(after)
        self.emit(f"if {condition.negated() if follow_taken else condition.condition()}:")
        if follow_taken:
            self.leave(str(after), "    ")
            self.emit("    return")
            self.pc = taken
        elif not valid:
            self.emit("    raise InvalidJump")
            self.pc = after
        elif taken == self.start:
            self._loop("    ")
            self.pc = after
        else:
            self.leave(str(taken), "    ")
            self.emit("    return")
            self.pc = after
        self.end_segment()
        self.begin_segment()
        return False

    def _gives_up(self, pc: int) -> bool:
        """Whether the code at ``pc`` runs straight into REVERT or INVALID: the path that is seldom taken."""
        for _ in range(16):
            opcode = self.code.padded[pc]
            if opcode in (_REVERT, _INVALID):
                return True
            if opcode in TERMINATORS or opcode == _JUMPDEST:
                return False
            pc += opcode - _PUSH0 + 1 if _PUSH0 <= opcode <= _PUSH32 else 1
        return False

    # Instructions
