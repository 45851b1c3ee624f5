"""Frames begin and end here: message calls, creations, precompiles, and what the parent gets back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from offchain.evm.code import EMPTY_CODE, Code
from offchain.evm.exceptions import ExceptionalHalt, PrecompileFailure
from offchain.evm.frame import Frame, FrameKind
from offchain.evm.gas import CODE_DEPOSIT, MAX_CODE_SIZE
from offchain.evm.pending import CallReturn, CreateReturn, begin_copy
from offchain.evm.phase import Phase
from offchain.evm.precompiles import MAX_GAS, MAX_INPUT, PRECOMPILES
from offchain.evm.rlp import encode
from offchain.evm.slices import EMPTY_SLICE, Slice
from offchain.hashing import keccak

if TYPE_CHECKING:
    from offchain.evm.journal import Checkpoint
    from offchain.evm.machine import Machine

__all__ = [
    "create2_address",
    "create_address",
    "halt",
    "leave",
    "run_precompile",
    "start_call",
    "start_create",
]

_IDENTITY: Final = (4).to_bytes(20)


def create_address(creator: bytes, nonce: int) -> bytes:
    """Address of a contract made by CREATE or by a transaction (yellow paper, section 7)."""
    return keccak(encode([creator, nonce.to_bytes((nonce.bit_length() + 7) >> 3)]))[12:]


def create2_address(creator: bytes, salt: int, initcode: bytes) -> bytes:
    """Address of a contract made by CREATE2 (EIP-1014)."""
    return keccak(b"\xff" + creator + salt.to_bytes(32) + keccak(initcode))[12:]


# Top frames


def start_call(machine: Machine, to: bytes, gas: int) -> None:
    """The top frame of a transaction to ``to``: a delegate is warmed and followed once (EIP-7702)."""
    tx = machine.tx
    overlay = machine.overlay
    value = tx.transaction.value
    code = overlay.code(to)
    delegate = overlay.delegate_of(code)
    if delegate is not None:
        machine.scratch.warm_address(delegate)
        code = EMPTY_CODE if delegate in PRECOMPILES else overlay.code(delegate)
    checkpoint = machine.checkpoint()
    overlay.transfer(tx.origin, to, value)
    if to in PRECOMPILES:
        gas_left, output = run_precompile(machine, to, tx.data, gas)
        if output is None:
            machine.restore(checkpoint)
        _end_top_frame(machine, output is not None, gas_left, output or EMPTY_SLICE, PrecompileFailure)
    elif not code.size and not machine.stepwise:
        # A frame with empty code would stop at once.
        _end_top_frame(machine, True, gas, EMPTY_SLICE, None)
    else:
        machine.frame = Frame(
            machine,
            FrameKind.CALL,
            to,
            tx.origin,
            value,
            tx.data,
            False,
            0,
            False,
            checkpoint,
            None,
            code,
            gas,
        )


def start_create(machine: Machine, gas: int) -> None:
    """The top frame of a creating transaction; a collision burns all its gas (EIP-684)."""
    tx = machine.tx
    address = tx.contract_address
    assert address is not None
    if has_collision(machine, address):
        _end_top_frame(machine, False, 0, EMPTY_SLICE, ExceptionalHalt)
        return
    checkpoint = machine.checkpoint()
    machine.observe(tx.data, 0, tx.data.size)
    initcode = Code(tx.transaction.data, b"")
    begin_creation(machine, address, tx.origin, tx.transaction.value)
    machine.frame = Frame(
        machine,
        FrameKind.CREATE,
        address,
        tx.origin,
        tx.transaction.value,
        EMPTY_SLICE,
        False,
        0,
        True,
        checkpoint,
        None,
        initcode,
        gas,
    )


def _end_top_frame(
    machine: Machine,
    success: bool,
    gas_left: int,
    output: Slice,
    halted: type[ExceptionalHalt] | None,
) -> None:
    tx = machine.tx
    tx.success = success
    tx.gas_left = gas_left
    tx.output = output
    if not success:
        tx.halt = "reverted" if halted is None else halted.__name__
    machine.frame = None
    machine.phase = Phase.SETTLE


# Creations


def has_collision(machine: Machine, address: bytes) -> bool:
    """Whether a contract can't be created at ``address`` (EIP-684; balance alone is no hindrance).

    Storage without code or nonce can't exist here, so EIP-7610 adds nothing.
    """
    return bool(machine.overlay.account(address) >> 160)


def begin_creation(machine: Machine, address: bytes, creator: bytes, value: int) -> None:
    """After the checkpoint: the created flag, nonce 1 (EIP-161), the value."""
    overlay = machine.overlay
    machine.scratch.mark_created(address)
    overlay.increment_nonce(address)
    overlay.transfer(creator, address, value)


def _deposit(frame: Frame, output: Slice) -> bool:
    """Pay for the code that a creation returns and store it; False where that is an exceptional halt."""
    raw = output.content
    gas = frame.gas - CODE_DEPOSIT * len(raw)
    if gas < 0 or len(raw) > MAX_CODE_SIZE:  # EIP-170
        return False
    frame.machine.observe(output, 0, len(raw))
    if raw[:1] == b"\xef":  # EIP-3541
        return False
    frame.gas = gas
    if raw:
        frame.machine.overlay.set_code(frame.address, raw)
    return True


# The end of a frame


def leave(frame: Frame, output: Slice, reverted: bool = False) -> None:
    """STOP, RETURN, SELFDESTRUCT or REVERT: hand gas and output to the parent."""
    machine = frame.machine
    if reverted:
        machine.restore(frame.checkpoint)
    elif frame.kind is FrameKind.CREATE:
        if not _deposit(frame, output):
            halt(frame, ExceptionalHalt())
            return
        if frame.parent is not None:
            output = EMPTY_SLICE
    _return_to_parent(frame, not reverted, frame.gas, output, None)


def halt(frame: Frame, fault: ExceptionalHalt) -> None:
    """Every exceptional halt: the checkpoint restored, no gas, no output."""
    frame.machine.restore(frame.checkpoint)
    _return_to_parent(frame, False, 0, EMPTY_SLICE, type(fault))


def _return_to_parent(
    frame: Frame, success: bool, gas_left: int, output: Slice, halted: type[ExceptionalHalt] | None
) -> None:
    machine = frame.machine
    parent = frame.parent
    if parent is None:
        _end_top_frame(machine, success, gas_left, output, halted)
        return
    machine.frame = parent
    parent.gas += gas_left
    parent.return_data = output
    pending = parent.pending
    parent.pending = None
    if isinstance(pending, CallReturn):
        parent.stack.append(1 if success else 0)
        begin_copy(parent, output, 0, pending.offset, min(pending.size, output.size))
    else:
        assert isinstance(pending, CreateReturn)
        parent.stack.append(int.from_bytes(pending.address) if success else 0)


# Precompiles


def run_precompile(machine: Machine, address: bytes, input_: Slice, gas: int) -> tuple[int, Slice | None]:
    """Gas left and output, or (0, None) where the call fails."""
    if address == _IDENTITY:
        cost = PRECOMPILES[address].gas(input_.content)
        if cost > gas:
            return 0, None
        # Lent memory changes when the caller goes on; this copy is paid for.
        return gas - cost, input_.frozen() if machine.stepwise else Slice(bytes(input_.content))
    precompile = PRECOMPILES[address]
    content = input_.content
    if len(content) > MAX_INPUT:
        return 0, None
    content = bytes(content)
    machine.observe(input_, 0, len(content))
    cost = precompile.gas(content)
    if cost > gas or cost > MAX_GAS:
        return 0, None
    try:
        output = precompile.run(content)
    except PrecompileFailure:
        return 0, None
    return gas - cost, Slice(output, source=output)


def end_precompile(
    frame: Frame, checkpoint: Checkpoint, gas_left: int, output: Slice | None, offset: int, size: int
) -> None:
    """What CALL* does with the outcome of a precompile."""
    if output is None:
        frame.machine.restore(checkpoint)
        output = EMPTY_SLICE
        frame.stack.append(0)
    else:
        frame.stack.append(1)
    frame.gas += gas_left
    frame.return_data = output
    begin_copy(frame, output, 0, offset, min(size, output.size))
