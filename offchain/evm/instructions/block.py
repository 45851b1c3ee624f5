"""0x40-0x4a: the block context, which L1 fixed with the batch's order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offchain.evm.frame import Frame

__all__ = [
    "basefee",
    "blobbasefee",
    "blobhash",
    "blockhash",
    "chainid",
    "coinbase",
    "gaslimit",
    "number",
    "prevrandao",
    "selfbalance",
    "timestamp",
]


def blockhash(frame: Frame) -> None:
    """0x40 BLOCKHASH: the order hash of one of the last 256 batches, else 0."""
    # STACK
    stack = frame.stack
    # OPERATION
    stack[-1] = frame.machine.block_hash(stack[-1])
    # PROGRAM COUNTER
    frame.pc += 1


def coinbase(frame: Frame) -> None:
    """0x41 COINBASE."""
    # OPERATION
    frame.stack.append(int.from_bytes(frame.machine.context.coinbase))
    # PROGRAM COUNTER
    frame.pc += 1


def timestamp(frame: Frame) -> None:
    """0x42 TIMESTAMP."""
    # OPERATION
    frame.stack.append(frame.machine.context.timestamp)
    # PROGRAM COUNTER
    frame.pc += 1


def number(frame: Frame) -> None:
    """0x43 NUMBER: of the batch."""
    # OPERATION
    frame.stack.append(frame.machine.context.number)
    # PROGRAM COUNTER
    frame.pc += 1


def prevrandao(frame: Frame) -> None:
    """0x44 PREVRANDAO (EIP-4399): the hash of the L1 block that the order declares."""
    # OPERATION
    frame.stack.append(int.from_bytes(frame.machine.context.prevrandao))
    # PROGRAM COUNTER
    frame.pc += 1


def gaslimit(frame: Frame) -> None:
    """0x45 GASLIMIT: of the batch."""
    # OPERATION
    frame.stack.append(frame.machine.context.gas_limit)
    # PROGRAM COUNTER
    frame.pc += 1


def chainid(frame: Frame) -> None:
    """0x46 CHAINID."""
    # OPERATION
    frame.stack.append(frame.machine.context.chain_id)
    # PROGRAM COUNTER
    frame.pc += 1


def selfbalance(frame: Frame) -> None:
    """0x47 SELFBALANCE."""
    # OPERATION
    frame.stack.append(frame.machine.overlay.balance(frame.address))
    # PROGRAM COUNTER
    frame.pc += 1


def basefee(frame: Frame) -> None:
    """0x48 BASEFEE: a constant of the chain."""
    # OPERATION
    frame.stack.append(frame.machine.context.base_fee)
    # PROGRAM COUNTER
    frame.pc += 1


def blobhash(frame: Frame) -> None:
    """0x49 BLOBHASH: always 0, since blob transactions are invalid here."""
    # STACK AND OPERATION
    frame.stack[-1] = 0
    # PROGRAM COUNTER
    frame.pc += 1


def blobbasefee(frame: Frame) -> None:
    """0x4a BLOBBASEFEE (EIP-7516)."""
    # OPERATION
    frame.stack.append(frame.machine.context.blob_base_fee)
    # PROGRAM COUNTER
    frame.pc += 1
