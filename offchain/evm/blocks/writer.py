"""What a trace is written with: lines of Python, the symbolic stack, and the gas that a segment charges ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offchain.evm.blocks.symbolic import SymbolicStack, Value

if TYPE_CHECKING:
    from offchain.evm.code import Code

__all__ = ["TraceWriter"]


class TraceWriter:
    """The text of one function in the making; ``pc`` is the instruction being written."""

    def __init__(self, code: Code, start: int) -> None:
        self.code = code
        self.start = start
        self.pc = start
        self.stack = SymbolicStack()
        self.lines: list[str] = []
        self.segment_gas = 0  # static gas since the segment began
        self.segment_mark: int | None = None  # the line of its charge; None: the charge at the entry
        self.rests: list[tuple[int, int]] = []  # (line, segment gas up to and with the instruction)
        self.first_charge = 0
        self.loops = False
        self.uses: set[str] = set()

    # Emission

    def emit(self, line: str) -> None:
        self.lines.append(line)

    def emit_with_rest(self, line: str) -> None:
        """A line whose REST becomes the gas that was charged ahead of this instruction's end."""
        self.rests.append((len(self.lines), self.segment_gas))
        self.lines.append(line)

    def value(self, expression: str) -> Value:
        return Value(self.stack.assign(self.lines, expression))

    def pop(self) -> Value:
        return self.stack.pop(self.lines)

    def leave(self, pc: str, indent: str = "") -> None:
        """Write the stack, gas and program counter back."""
        for line in self.stack.written_back():
            self.emit(indent + line)
        self.emit(f"{indent}frame.gas = gas")
        self.emit(f"{indent}frame.pc = {pc}")

    def end_segment(self) -> None:
        """Fill in what the segment charges ahead."""
        total = self.segment_gas
        for line, charged in self.rests:
            self.lines[line] = self.lines[line].replace("REST", str(total - charged))
        self.rests.clear()
        self.segment_gas = 0
        if self.segment_mark is None:
            self.first_charge = total
        else:
            self.lines[self.segment_mark] = self.lines[self.segment_mark].replace("CHARGE", str(total))

    def begin_segment(self) -> None:
        """Behind a conditional jump: charge the next segment or hand over."""
        self.segment_mark = len(self.lines)
        self.emit("charge = CHARGE")
        self.emit("if gas < charge:")
        self.leave(str(self.pc), "    ")
        self.emit("    interpret(frame)")
        self.emit("    return")
        self.emit("gas -= charge")

    # The trace
