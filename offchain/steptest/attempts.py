"""For each instruction small codes that drive it into every end that an instruction could have.

Nothing here asks which ends an instruction *can* have: each is run with one gas too little, with its static gas and
no more, with one word too few, and in a static frame. What comes of it is for `outcomes.applicable` to know, so an
end that is missing there shows, and one that is there by mistake as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from offchain.evm.gas import CREATE, MAX_STACK_SIZE, WARM
from offchain.evm.instructions import INSTRUCTIONS, INVALID
from offchain.steptest.assembly import OPCODES, assemble, push

__all__ = ["TARGET", "TARGET_CODE", "Attempt", "attempts", "attempts_without_instruction", "full_stack"]

#: A contract that the instructions look at, call, and give their wei to; it returns a word.
TARGET: Final = 0x7A46E7
TARGET_CODE: Final = assemble(7, 0, "MSTORE", 32, 0, "RETURN")

_ENOUGH: Final = 100_000
_PUSH: Final = 3  # gas of a PUSH of anything but 0
_JUMP, _JUMPI = OPCODES["JUMP"], OPCODES["JUMPI"]
_RETURN, _RETURNDATACOPY = OPCODES["RETURN"], OPCODES["RETURNDATACOPY"]
_JUMPDEST: Final = bytes([OPCODES["JUMPDEST"]])

#: What stands on the stack, the top first, where 1, 2, 3, ... would reach less of the instruction.
_OPERANDS: Final[dict[str, tuple[int, ...]]] = {
    "BALANCE": (TARGET,),
    "EXTCODESIZE": (TARGET,),
    "EXTCODECOPY": (TARGET, 2, 3, 4),
    "EXTCODEHASH": (TARGET,),
    "CALL": (1_000, TARGET, 1, 2, 3, 4, 5),
    "CALLCODE": (1_000, TARGET, 1, 2, 3, 4, 5),
    "DELEGATECALL": (1_000, TARGET, 2, 3, 4, 5),
    "STATICCALL": (1_000, TARGET, 2, 3, 4, 5),
    "SELFDESTRUCT": (TARGET,),
}
#: The identity precompile returns a word, for RETURNDATACOPY; and what that costs.
_RETURN_DATA: Final = assemble(0, 0, 32, 0, 4, 18, "STATICCALL", "POP")
_RETURN_DATA_GAS: Final = 3 * 2 + 3 * _PUSH + 3 + WARM + 18 + 2


@dataclass(frozen=True, slots=True)
class Attempt:
    """A code to call with so much gas, in a static frame or not."""

    code: bytes
    gas: int = _ENOUGH
    static: bool = False


def attempts(opcode: int) -> Iterator[Attempt]:
    """The codes for one instruction, without those for a full stack; those that change most come last."""
    entry = INSTRUCTIONS[opcode]
    code, setup_gas = _code(opcode)
    if entry.gas:
        yield Attempt(code, setup_gas + entry.gas - 1)
    yield Attempt(code, setup_gas + entry.gas)
    if entry.pops:
        yield Attempt(push(1) * (entry.pops - 1) + _instruction(opcode))
    if opcode in (_JUMP, _JUMPI):
        at = len(_jump(opcode, 0))
        for target in (at + 1, 0, 1 << 255):  # data of a PUSH, another instruction, behind the end
            yield Attempt(_jump(opcode, target) + push(_JUMPDEST[0]))
    elif opcode == _RETURNDATACOPY:  # nothing was returned
        yield Attempt(assemble(1, 0, 0) + _instruction(opcode))
    elif opcode == _RETURN:
        yield Attempt(_creation(assemble(0xEF, 0, "MSTORE8", 1, 0, "RETURN")))  # code that EIP-3541 forbids
        yield Attempt(_creation(assemble(32, 0, "RETURN")), gas=CREATE + 4_000)  # 6,400 for the code
    yield Attempt(code, static=True)
    yield Attempt(code)


def full_stack(opcode: int) -> bytes | None:
    """Code whose instruction fills the last word of the stack, and then finds it full; None if it adds none."""
    entry = INSTRUCTIONS[opcode]
    if entry.pushes <= entry.pops:
        return None
    return push(0) * (MAX_STACK_SIZE - 1) + _instruction(opcode) * 2


def attempts_without_instruction() -> Iterator[Attempt]:
    """All bytes that are no instruction, but for INVALID, which has a name."""
    for opcode, entry in enumerate(INSTRUCTIONS):
        if entry is INVALID and opcode != OPCODES["INVALID"]:
            yield Attempt(bytes([opcode]), gas=100)


def _code(opcode: int) -> tuple[bytes, int]:
    """A program whose instruction finds all that it needs, and the gas spent before it."""
    entry = INSTRUCTIONS[opcode]
    gas = entry.pops * _PUSH
    if opcode in (_JUMP, _JUMPI):
        return _jump(opcode, len(_jump(opcode, 0))) + _JUMPDEST, gas
    operands = _OPERANDS.get(entry.name, tuple(range(1, entry.pops + 1)))
    code = b"".join(push(word) for word in reversed(operands)) + _instruction(opcode)
    if opcode == _RETURNDATACOPY:
        return _RETURN_DATA + code, gas + _RETURN_DATA_GAS
    return code, gas


def _jump(opcode: int, target: int) -> bytes:
    """A jump, conditional ones with their condition; as long for every target below 256 as for 0."""
    condition = push(1) if opcode == _JUMPI else b""
    return condition + push(target, max(1, (target.bit_length() + 7) // 8)) + bytes([opcode])


def _creation(initcode: bytes) -> bytes:
    """Code that creates with an initcode of at most 32 bytes."""
    size = len(initcode)
    return assemble(int.from_bytes(initcode), 0, "MSTORE", size, 32 - size, 0, "CREATE")


def _instruction(opcode: int) -> bytes:
    """The byte, with its data where it is a PUSH."""
    size = max(opcode - OPCODES["PUSH0"], 0) if opcode <= OPCODES["PUSH32"] else 0
    return bytes([opcode, *range(1, size + 1)])
