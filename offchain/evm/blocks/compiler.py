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

from offchain.evm.blocks.expressions import COMPARISONS, CONTEXT_VALUES, PURE, RUNTIME, evaluate
from offchain.evm.blocks.symbolic import SymbolicStack, Value
from offchain.evm.exceptions import InvalidJump, OutOfGas
from offchain.evm.gas import EXP_BYTE, KECCAK_WORD, MAX_MEMORY_SIZE, MAX_STACK_SIZE, WARM
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
MAX_CONDITION: Final = 120  # characters
_STOP, _JUMP, _JUMPI, _PC, _GAS, _JUMPDEST = 0x00, 0x56, 0x57, 0x58, 0x5A, 0x5B
_EXP, _KECCAK, _CALLDATALOAD, _POP = 0x0A, 0x20, 0x35, 0x50
_MLOAD, _MSTORE, _MSTORE8, _SLOAD, _SSTORE, _MSIZE = 0x51, 0x52, 0x53, 0x54, 0x55, 0x59
_PUSH0, _PUSH32, _DUP1, _DUP16, _SWAP1, _SWAP16 = 0x5F, 0x7F, 0x80, 0x8F, 0x90, 0x9F
_REVERT, _INVALID = 0xFD, 0xFE

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


class _Trace:
    """The builder of one function."""

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
            self._instruction(opcode)
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

    def _instruction(self, opcode: int) -> None:
        stack = self.stack
        if _PUSH0 <= opcode <= _PUSH32:
            size = opcode - _PUSH0
            data = self.code.padded[self.pc + 1 : self.pc + 1 + size]
            stack.push(Value.of(int.from_bytes(data)))
            self.pc += 1 + size
            return
        if _DUP1 <= opcode <= _DUP16:
            stack.dup(self.lines, opcode - _DUP1 + 1)
        elif _SWAP1 <= opcode <= _SWAP16:
            stack.swap(self.lines, opcode - _SWAP1 + 1)
        elif opcode == _POP:
            self.pop()
        elif opcode == _PC:
            stack.push(Value.of(self.pc))
        elif opcode == _GAS:
            name = stack.new_name()
            self.emit_with_rest(f"{name} = gas + REST")
            stack.push(Value(name))
        elif opcode in PURE:
            self._pure(opcode)
        elif opcode in COMPARISONS:
            self._comparison(opcode)
        elif opcode in CONTEXT_VALUES:
            stack.push(self.value(CONTEXT_VALUES[opcode]))
        elif opcode in _SPECIAL:
            _SPECIAL[opcode](self)
        elif opcode != _JUMPDEST:
            self._through_handler(opcode)
        self.pc += 1

    def _operands(self, opcode: int) -> dict[str, Value]:
        return {name: self.pop() for name in "abc"[: INSTRUCTIONS[opcode].pops]}

    def _pure(self, opcode: int) -> None:
        operands = self._operands(opcode)
        constants = {n: v.constant for n, v in operands.items() if v.constant is not None}
        if len(constants) == len(operands):
            self.stack.push(Value.of(evaluate(PURE[opcode], constants)))
            return
        template = PURE[opcode]
        shift = operands["a"].constant
        if opcode in (0x1B, 0x1C) and shift is not None and shift < 256:
            template = "{b} << {a} & MASK" if opcode == 0x1B else "{b} >> {a}"
        elif opcode in (0x04, 0x06) and operands["b"].constant:
            template = "{a} // {b}" if opcode == 0x04 else "{a} % {b}"
        self.stack.push(self.value(template.format(**{n: str(v) for n, v in operands.items()})))

    def _comparison(self, opcode: int) -> None:
        operands = self._operands(opcode)
        constants = {n: v.constant for n, v in operands.items() if v.constant is not None}
        if len(constants) == len(operands):
            self.stack.push(Value.of(evaluate(COMPARISONS[opcode], constants)))
        else:
            if opcode == 0x15:
                condition = operands["a"].negated()
            else:
                condition = COMPARISONS[opcode].format(**{n: str(v) for n, v in operands.items()})
            word = Value.of_condition(condition)
            # Deep nesting would overflow Python's parser: a long condition gets a name.
            self.stack.push(word if len(condition) < MAX_CONDITION else self.value(str(word)))

    def _through_handler(self, opcode: int) -> None:
        """Write everything back and let the interpreter's handler do it."""
        for line in self.stack.written_back():
            self.emit(line)
        self.stack.forget()
        self.emit_with_rest("frame.gas = gas + REST")
        self.emit(f"frame.pc = {self.pc}")
        self.emit(f"handlers[{opcode}](frame)")
        self.emit_with_rest("gas = frame.gas - REST")
        self.emit("if gas < 0: raise OutOfGas")

    def _ensure_memory(self, offset: Value, size: int) -> None:
        if offset.constant is not None:
            end = offset.constant + size
            if end > MAX_MEMORY_SIZE:
                self.emit("raise OutOfGas")
                return
            self.emit(f"if {end} > len(memory): gas = grow(frame, gas, {offset}, {size})")
        else:
            self.emit(f"if {offset} + {size} > len(memory): gas = grow(frame, gas, {offset}, {size})")

    def _mload(self) -> None:
        offset = self.pop()
        self._ensure_memory(offset, 32)
        self.stack.push(self.value(f"int_from(memory[{offset}:{_plus(offset, 32)}])"))

    def _mstore(self) -> None:
        offset, word = self.pop(), self.pop()
        self._ensure_memory(offset, 32)
        data = repr(word.constant.to_bytes(32)) if word.constant is not None else f"({word}).to_bytes(32)"
        self.emit(f"memory[{offset}:{_plus(offset, 32)}] = {data}")

    def _mstore8(self) -> None:
        offset, word = self.pop(), self.pop()
        self._ensure_memory(offset, 1)
        self.emit(f"memory[{offset}] = {word} & 0xFF")

    def _msize(self) -> None:
        self.stack.push(self.value("len(memory)"))

    def _keccak(self) -> None:
        offset, size = self.pop(), self.pop()
        if size.constant is not None:
            self.emit(f"gas -= {KECCAK_WORD * ((size.constant + 31) >> 5)}")
        else:
            self.emit(f"gas -= {KECCAK_WORD} * (({size} + 31) >> 5)")
        self.emit("if gas < 0: raise OutOfGas")
        self.emit(f"if {size} and {offset} + {size} > len(memory): gas = grow(frame, gas, {offset}, {size})")
        self.stack.push(self.value(f"int_from(keccak(memory[{offset}:{offset} + {size}]))"))

    def _exp(self) -> None:
        base, exponent = self.pop(), self.pop()
        self.emit(f"gas -= {EXP_BYTE} * ((({exponent}).bit_length() + 7) >> 3)")
        self.emit("if gas < 0: raise OutOfGas")
        self.stack.push(self.value(f"pow({base}, {exponent}, MASK + 1)"))

    def _calldataload(self) -> None:
        self.uses.add("input")
        offset = self.pop()
        self.stack.push(self.value(f"int_from(calldata[{offset}:{_plus(offset, 32)}].ljust(32, b'\\0'))"))

    def _sload(self) -> None:
        self.uses.add("slots")
        slot = self.value(f"(address, {self.pop()})")
        self.emit(f"gas -= {WARM} if {slot} in warm_slots else scratch.warm_slot({slot})")
        self.emit("if gas < 0: raise OutOfGas")
        word = self.value(f"slots.get({slot})")
        self.emit(f"if {word} is None: {word} = overlay.slot({slot})")
        self.stack.push(word)

    def _sstore(self) -> None:
        key, word = self.pop(), self.pop()
        self.emit_with_rest("frame.gas = gas + REST")
        self.emit(f"store(frame, {key}, {word})")
        self.emit_with_rest("gas = frame.gas - REST")
        self.emit("if gas < 0: raise OutOfGas")


def _plus(offset: Value, size: int) -> str:
    return str(offset.constant + size) if offset.constant is not None else f"{offset} + {size}"


_SPECIAL: Final[dict[int, Callable[[_Trace], None]]] = {
    _EXP: _Trace._exp,
    _KECCAK: _Trace._keccak,
    _CALLDATALOAD: _Trace._calldataload,
    _MLOAD: _Trace._mload,
    _MSTORE: _Trace._mstore,
    _MSTORE8: _Trace._mstore8,
    _MSIZE: _Trace._msize,
    _SLOAD: _Trace._sload,
    _SSTORE: _Trace._sstore,
}
