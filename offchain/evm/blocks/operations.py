"""Instructions that end no trace, as lines of Python.

What has no effect but on words becomes an expression; memory, storage, hashing and input have a form of their own;
everything else goes through the interpreter's handler.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from offchain.evm.blocks.expressions import COMPARISONS, CONTEXT_VALUES, PURE, evaluate
from offchain.evm.blocks.symbolic import Value
from offchain.evm.blocks.writer import TraceWriter
from offchain.evm.gas import EXP_BYTE, KECCAK_WORD, MAX_MEMORY_SIZE, WARM
from offchain.evm.instructions import INSTRUCTIONS

__all__ = ["Operations"]

MAX_CONDITION: Final = 120  # characters
_PC, _GAS, _JUMPDEST, _POP = 0x58, 0x5A, 0x5B, 0x50
_EXP, _KECCAK, _CALLDATALOAD = 0x0A, 0x20, 0x35
_MLOAD, _MSTORE, _MSTORE8, _SLOAD, _SSTORE, _MSIZE = 0x51, 0x52, 0x53, 0x54, 0x55, 0x59
_PUSH0, _PUSH32, _DUP1, _DUP16, _SWAP1, _SWAP16 = 0x5F, 0x7F, 0x80, 0x8F, 0x90, 0x9F


class Operations(TraceWriter):
    """The instructions of a trace."""

    def instruction(self, opcode: int) -> None:
        """Write the instruction at ``pc`` and go on to the next one."""
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


_SPECIAL: Final[dict[int, Callable[[Operations], None]]] = {
    _EXP: Operations._exp,
    _KECCAK: Operations._keccak,
    _CALLDATALOAD: Operations._calldataload,
    _MLOAD: Operations._mload,
    _MSTORE: Operations._mstore,
    _MSTORE8: Operations._mstore8,
    _MSIZE: Operations._msize,
    _SLOAD: Operations._sload,
    _SSTORE: Operations._sstore,
}
