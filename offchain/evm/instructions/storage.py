"""0x54-0x55, 0x5c-0x5d: storage and transient storage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offchain.evm.exceptions import OutOfGas, StaticWrite
from offchain.evm.gas import (
    COLD_SLOT,
    REFUND_CLEAR_SLOT,
    SLOT_SET,
    SLOT_UPDATE,
    WARM,
    WARM_STIPEND_GUARD,
)

if TYPE_CHECKING:
    from offchain.evm.frame import Frame

__all__ = ["sload", "sstore", "store", "tload", "tstore"]


def sload(frame: Frame) -> None:
    """0x54 SLOAD (EIP-2929)."""
    # STACK
    stack = frame.stack
    slot = (frame.address, stack[-1])
    # GAS
    machine = frame.machine
    frame.charge(machine.scratch.warm_slot(slot))
    # OPERATION
    stack[-1] = machine.overlay.slot(slot)
    # PROGRAM COUNTER
    frame.pc += 1


def sstore(frame: Frame) -> None:
    """0x55 SSTORE (EIP-2200, EIP-2929, EIP-3529)."""
    # STACK
    stack = frame.stack
    key = stack.pop()
    new = stack.pop()
    # GAS AND OPERATION
    store(frame, key, new)
    # PROGRAM COUNTER
    frame.pc += 1


def store(frame: Frame, key: int, new: int) -> None:
    """What SSTORE does with its operands."""
    if frame.static:
        raise StaticWrite
    # GAS
    if frame.gas <= WARM_STIPEND_GUARD:
        raise OutOfGas
    slot = (frame.address, key)
    machine = frame.machine
    tx = machine.tx
    access = machine.scratch.warm_slot(slot)
    cost = COLD_SLOT if access == COLD_SLOT else 0
    overlay = machine.overlay
    current = overlay.slot(slot)
    original = machine.original_slot(slot, current)
    if current == new or current != original:
        cost += WARM
    elif original:
        cost += SLOT_UPDATE
    else:
        cost += SLOT_SET
    frame.charge(cost)
    # OPERATION
    if current != new:
        if original:
            if not current:
                tx.refund -= REFUND_CLEAR_SLOT
            if not new:
                tx.refund += REFUND_CLEAR_SLOT
        if new == original:
            tx.refund += SLOT_UPDATE - WARM if original else SLOT_SET - WARM
        if frame.is_new and not current:
            tx.new_slots.append(slot)
        overlay.set_slot(slot, new)


def tload(frame: Frame) -> None:
    """0x5c TLOAD (EIP-1153)."""
    # STACK
    stack = frame.stack
    # OPERATION
    stack[-1] = frame.machine.scratch.get_transient((frame.address, stack[-1]))
    # PROGRAM COUNTER
    frame.pc += 1


def tstore(frame: Frame) -> None:
    """0x5d TSTORE (EIP-1153)."""
    if frame.static:
        raise StaticWrite
    # STACK
    stack = frame.stack
    key = stack.pop()
    value = stack.pop()
    # OPERATION
    frame.machine.scratch.set_transient((frame.address, key), value)
    # PROGRAM COUNTER
    frame.pc += 1
