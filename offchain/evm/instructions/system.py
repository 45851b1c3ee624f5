"""0xf0-0xff: calls, creations, and the ends of a frame."""

from __future__ import annotations

from typing import Final

from offchain.evm import calls
from offchain.evm.account import BALANCE_MASK, MAX_NONCE, NONCE_MASK, NONCE_SHIFT
from offchain.evm.code import EMPTY_CODE, Code
from offchain.evm.exceptions import InvalidOpcode, OutOfGas, StaticWrite
from offchain.evm.frame import Frame, FrameKind
from offchain.evm.gas import (
    CALL_STIPEND,
    CALL_VALUE,
    COLD_ACCOUNT,
    INITCODE_WORD,
    KECCAK_WORD,
    MAX_DEPTH,
    MAX_INITCODE_SIZE,
    NEW_ACCOUNT,
    words,
)
from offchain.evm.pending import CallReturn, CreateReturn
from offchain.evm.precompiles import PRECOMPILES
from offchain.evm.slices import EMPTY_SLICE

__all__ = [
    "call",
    "callcode",
    "create",
    "create2",
    "delegatecall",
    "invalid",
    "return_",
    "revert",
    "selfdestruct",
    "staticcall",
    "stop",
]

_ADDRESS_MASK: Final = (1 << 160) - 1


def stop(frame: Frame) -> None:
    """0x00 STOP."""
    calls.leave(frame, EMPTY_SLICE)


def return_(frame: Frame) -> None:
    """0xf3 RETURN."""
    # STACK
    stack = frame.stack
    offset = stack.pop()
    size = stack.pop()
    # GAS
    frame.expand(offset, size)
    # OPERATION
    calls.leave(frame, frame.slice_memory(offset, size))


def revert(frame: Frame) -> None:
    """0xfd REVERT (EIP-140)."""
    # STACK
    stack = frame.stack
    offset = stack.pop()
    size = stack.pop()
    # GAS
    frame.expand(offset, size)
    # OPERATION
    calls.leave(frame, frame.slice_memory(offset, size), reverted=True)


def invalid(frame: Frame) -> None:
    """0xfe INVALID, and every byte that is no instruction of Osaka."""
    raise InvalidOpcode


def selfdestruct(frame: Frame) -> None:
    """0xff SELFDESTRUCT (EIP-6780): the contract goes only if this transaction created it."""
    if frame.static:
        raise StaticWrite
    # STACK
    heir = (frame.stack.pop() & _ADDRESS_MASK).to_bytes(20)
    # GAS
    machine = frame.machine
    scratch = machine.scratch
    overlay = machine.overlay
    address = frame.address
    balance = overlay.balance(address)
    cost = COLD_ACCOUNT if scratch.warm_address(heir) == COLD_ACCOUNT else 0
    if balance and not overlay.account(heir):
        cost += NEW_ACCOUNT
    frame.charge(cost)
    # OPERATION
    overlay.transfer(address, heir, balance)
    if address in scratch.created:
        if heir == address:
            overlay.set_account(address, overlay.account(address) & ~BALANCE_MASK)
        if scratch.mark_destroyed(address):
            machine.tx.destroyed.append(address)
    calls.leave(frame, EMPTY_SLICE)


# Creations


def create(frame: Frame) -> None:
    """0xf0 CREATE."""
    # STACK
    stack = frame.stack
    value = stack.pop()
    offset = stack.pop()
    size = stack.pop()
    _create(frame, value, offset, size, None)


def create2(frame: Frame) -> None:
    """0xf5 CREATE2 (EIP-1014)."""
    # STACK
    stack = frame.stack
    value = stack.pop()
    offset = stack.pop()
    size = stack.pop()
    salt = stack.pop()
    _create(frame, value, offset, size, salt)


def _create(frame: Frame, value: int, offset: int, size: int, salt: int | None) -> None:
    """The common part of CREATE and CREATE2."""
    if frame.static:
        raise StaticWrite
    # GAS
    if size > MAX_INITCODE_SIZE:  # EIP-3860
        raise OutOfGas
    frame.charge(words(size) * (INITCODE_WORD if salt is None else INITCODE_WORD + KECCAK_WORD))
    frame.expand(offset, size)
    # OPERATION
    frame.pc += 1
    frame.return_data = EMPTY_SLICE
    machine = frame.machine
    overlay = machine.overlay
    creator = frame.address
    account = overlay.account(creator)
    nonce = account >> NONCE_SHIFT & NONCE_MASK
    if value > account & BALANCE_MASK or nonce == MAX_NONCE or frame.depth >= MAX_DEPTH:
        frame.stack.append(0)
        return
    source = frame.slice_memory(offset, size)
    machine.observe(source, 0, size)
    initcode = source.content
    if salt is None:
        address = calls.create_address(creator, nonce)
    else:
        address = calls.create2_address(creator, salt, initcode)
    machine.scratch.warm_address(address)
    gas = frame.gas - frame.gas // 64  # EIP-150
    frame.gas -= gas
    overlay.increment_nonce(creator)
    if calls.has_collision(machine, address):
        frame.stack.append(0)
        return
    checkpoint = machine.checkpoint()
    calls.begin_creation(machine, address, creator, value)
    frame.pending = CreateReturn(address)
    machine.frame = Frame(
        machine,
        FrameKind.CREATE,
        address,
        creator,
        value,
        EMPTY_SLICE,
        False,
        frame.depth + 1,
        True,
        checkpoint,
        frame,
        Code(initcode, b""),
        gas,
    )


# Calls


def call(frame: Frame) -> None:
    """0xf1 CALL."""
    # STACK
    stack = frame.stack
    gas = stack.pop()
    to = (stack.pop() & _ADDRESS_MASK).to_bytes(20)
    value = stack.pop()
    region = (stack.pop(), stack.pop(), stack.pop(), stack.pop())
    if value and frame.static:
        raise StaticWrite
    machine = frame.machine
    new_account = NEW_ACCOUNT if value and not machine.overlay.account(to) else 0
    _call(frame, gas, to, to, frame.address, value, value, frame.static, region, new_account)


def callcode(frame: Frame) -> None:
    """0xf2 CALLCODE: the value goes from the frame to itself, so only the funds are checked."""
    # STACK
    stack = frame.stack
    gas = stack.pop()
    to = (stack.pop() & _ADDRESS_MASK).to_bytes(20)
    value = stack.pop()
    region = (stack.pop(), stack.pop(), stack.pop(), stack.pop())
    _call(frame, gas, to, frame.address, frame.address, value, value, frame.static, region, 0)


def delegatecall(frame: Frame) -> None:
    """0xf4 DELEGATECALL (EIP-7): caller and value are the frame's own."""
    # STACK
    stack = frame.stack
    gas = stack.pop()
    to = (stack.pop() & _ADDRESS_MASK).to_bytes(20)
    region = (stack.pop(), stack.pop(), stack.pop(), stack.pop())
    _call(frame, gas, to, frame.address, frame.caller, frame.value, 0, frame.static, region, 0)


def staticcall(frame: Frame) -> None:
    """0xfa STATICCALL (EIP-214)."""
    # STACK
    stack = frame.stack
    gas = stack.pop()
    to = (stack.pop() & _ADDRESS_MASK).to_bytes(20)
    region = (stack.pop(), stack.pop(), stack.pop(), stack.pop())
    _call(frame, gas, to, to, frame.address, 0, 0, True, region, 0)


def _call(
    frame: Frame,
    gas: int,
    code_address: bytes,
    address: bytes,
    caller: bytes,
    value: int,
    transfer: int,
    static: bool,
    region: tuple[int, int, int, int],
    new_account: int,
) -> None:
    """The common part of the calls.

    ``value`` is what CALLVALUE shows in the child, ``transfer`` what has to be owned and moves from the frame to
    ``address``; ``region`` is input offset and size, output offset and size; ``gas`` as requested.
    """
    input_offset, input_size, output_offset, output_size = region
    machine = frame.machine
    overlay = machine.overlay
    # GAS
    frame.expand(input_offset, input_size)
    frame.expand(output_offset, output_size)
    scratch = machine.scratch
    cost = scratch.warm_address(code_address)
    code = overlay.code(code_address)
    delegate = overlay.delegate_of(code)
    if delegate is not None:
        cost += scratch.warm_address(delegate)
        code = EMPTY_CODE if delegate in PRECOMPILES else overlay.code(delegate)
    stipend = 0
    if transfer:
        cost += CALL_VALUE + new_account
        stipend = CALL_STIPEND
    frame.charge(cost)
    gas_left = frame.gas
    gas = min(gas, gas_left - gas_left // 64)  # EIP-150
    frame.gas = gas_left - gas
    gas += stipend
    # OPERATION
    frame.pc += 1
    frame.return_data = EMPTY_SLICE
    if frame.depth >= MAX_DEPTH or (transfer and transfer > overlay.balance(frame.address)):
        frame.gas += gas
        frame.stack.append(0)
        return
    input_ = frame.lend_memory(input_offset, input_size)
    checkpoint = machine.checkpoint()
    if address != frame.address:
        overlay.transfer(frame.address, address, transfer)
    if code_address in PRECOMPILES:
        gas, output = calls.run_precompile(machine, code_address, input_, gas)
        calls.end_precompile(frame, checkpoint, gas, output, output_offset, output_size)
        return
    frame.pending = CallReturn(output_offset, output_size)
    machine.frame = Frame(
        machine,
        FrameKind.CALL,
        address,
        caller,
        value,
        input_,
        static,
        frame.depth + 1,
        address in scratch.created,
        checkpoint,
        frame,
        code,
        gas,
    )
