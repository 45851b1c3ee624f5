"""0x20, 0x30-0x3f: hashing, and what a frame can ask about itself, its transaction and other accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from offchain.evm.exceptions import OutOfReturnData
from offchain.evm.gas import COPY_WORD, KECCAK_WORD, words
from offchain.evm.pending import begin_copy, begin_hash
from offchain.evm.slices import Slice, SliceKind

if TYPE_CHECKING:
    from offchain.evm.code import Code
    from offchain.evm.frame import Frame

__all__ = [
    "address",
    "balance",
    "calldatacopy",
    "calldataload",
    "calldatasize",
    "caller",
    "callvalue",
    "codecopy",
    "codesize",
    "extcodecopy",
    "extcodehash",
    "extcodesize",
    "gasprice",
    "keccak256",
    "origin",
    "returndatacopy",
    "returndatasize",
]

_ADDRESS_MASK: Final = (1 << 160) - 1


def keccak256(frame: Frame) -> None:
    """0x20 KECCAK256."""
    # STACK
    stack = frame.stack
    offset = stack.pop()
    size = stack.pop()
    # GAS
    frame.charge(KECCAK_WORD * words(size))
    frame.expand(offset, size)
    # OPERATION
    begin_hash(frame, frame.slice_memory(offset, size))
    # PROGRAM COUNTER
    frame.pc += 1


def address(frame: Frame) -> None:
    """0x30 ADDRESS."""
    # OPERATION
    frame.stack.append(int.from_bytes(frame.address))
    # PROGRAM COUNTER
    frame.pc += 1


def balance(frame: Frame) -> None:
    """0x31 BALANCE."""
    # STACK
    stack = frame.stack
    target = (stack[-1] & _ADDRESS_MASK).to_bytes(20)
    # GAS
    machine = frame.machine
    frame.charge(machine.scratch.warm_address(target))
    # OPERATION
    stack[-1] = machine.overlay.balance(target)
    # PROGRAM COUNTER
    frame.pc += 1


def origin(frame: Frame) -> None:
    """0x32 ORIGIN."""
    # OPERATION
    frame.stack.append(int.from_bytes(frame.machine.tx.origin))
    # PROGRAM COUNTER
    frame.pc += 1


def caller(frame: Frame) -> None:
    """0x33 CALLER."""
    # OPERATION
    frame.stack.append(int.from_bytes(frame.caller))
    # PROGRAM COUNTER
    frame.pc += 1


def callvalue(frame: Frame) -> None:
    """0x34 CALLVALUE."""
    # OPERATION
    frame.stack.append(frame.value)
    # PROGRAM COUNTER
    frame.pc += 1


def calldataload(frame: Frame) -> None:
    """0x35 CALLDATALOAD: zeros past the end."""
    # STACK
    stack = frame.stack
    offset = stack[-1]
    # OPERATION
    stack[-1] = int.from_bytes(frame.input.content[offset : offset + 32].ljust(32, b"\0"))
    # PROGRAM COUNTER
    frame.pc += 1


def calldatasize(frame: Frame) -> None:
    """0x36 CALLDATASIZE."""
    # OPERATION
    frame.stack.append(len(frame.input.content))
    # PROGRAM COUNTER
    frame.pc += 1


def calldatacopy(frame: Frame) -> None:
    """0x37 CALLDATACOPY."""
    _copy(frame, frame.input)


def codesize(frame: Frame) -> None:
    """0x38 CODESIZE."""
    # OPERATION
    frame.stack.append(frame.code.size)
    # PROGRAM COUNTER
    frame.pc += 1


def codecopy(frame: Frame) -> None:
    """0x39 CODECOPY."""
    _copy(frame, _code_slice(frame.code))


def gasprice(frame: Frame) -> None:
    """0x3a GASPRICE: the effective one (EIP-1559)."""
    # OPERATION
    frame.stack.append(frame.machine.tx.gas_price)
    # PROGRAM COUNTER
    frame.pc += 1


def extcodesize(frame: Frame) -> None:
    """0x3b EXTCODESIZE: never follows a delegation (EIP-7702)."""
    # STACK
    stack = frame.stack
    target = (stack[-1] & _ADDRESS_MASK).to_bytes(20)
    # GAS
    machine = frame.machine
    frame.charge(machine.scratch.warm_address(target))
    # OPERATION
    stack[-1] = machine.overlay.account(target) >> 224
    # PROGRAM COUNTER
    frame.pc += 1


def extcodecopy(frame: Frame) -> None:
    """0x3c EXTCODECOPY: never follows a delegation (EIP-7702)."""
    # STACK
    stack = frame.stack
    target = (stack.pop() & _ADDRESS_MASK).to_bytes(20)
    # GAS
    machine = frame.machine
    frame.charge(machine.scratch.warm_address(target))
    # The rest is the same for every copy.
    _copy(frame, _code_slice(machine.overlay.code(target)))


def returndatasize(frame: Frame) -> None:
    """0x3d RETURNDATASIZE."""
    # OPERATION
    frame.stack.append(len(frame.return_data.content))
    # PROGRAM COUNTER
    frame.pc += 1


def returndatacopy(frame: Frame) -> None:
    """0x3e RETURNDATACOPY: the one copy that must stay inside its source (EIP-211)."""
    stack = frame.stack
    if stack[-2] + stack[-3] > frame.return_data.size:
        raise OutOfReturnData
    _copy(frame, frame.return_data)


def extcodehash(frame: Frame) -> None:
    """0x3f EXTCODEHASH: of the delegation itself where there is one (EIP-7702)."""
    # STACK
    stack = frame.stack
    target = (stack[-1] & _ADDRESS_MASK).to_bytes(20)
    # GAS
    machine = frame.machine
    frame.charge(machine.scratch.warm_address(target))
    # OPERATION
    stack[-1] = machine.overlay.code_hash_as_seen(target)
    # PROGRAM COUNTER
    frame.pc += 1


def _code_slice(code: Code) -> Slice:
    return Slice(code.raw, SliceKind.CODE, code.raw)


def _copy(frame: Frame, source: Slice) -> None:
    """The common part of the copy instructions: destination, offset and size are on top of the stack."""
    # STACK
    stack = frame.stack
    destination = stack.pop()
    offset = stack.pop()
    size = stack.pop()
    # GAS
    frame.charge(COPY_WORD * words(size))
    frame.expand(destination, size)
    # OPERATION
    begin_copy(frame, source, offset, destination, size)
    # PROGRAM COUNTER
    frame.pc += 1
