"""The instruction table of Osaka: for each opcode its handler, its static gas and what it does to the stack.

Every handler has the sections STACK, GAS (dynamic costs only), OPERATION and PROGRAM COUNTER, and a twin of the
same name in contracts/osp. What all instructions share (code to opcode, stack bounds, static gas) is
checked once, by the entry: `offchain.evm.interpreter`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from offchain.evm import gas
from offchain.evm.instructions import (
    arithmetic,
    bitwise,
    block,
    control,
    environment,
    log,
    memory,
    storage,
    system,
)

if TYPE_CHECKING:
    from offchain.evm.frame import Frame

__all__ = ["INSTRUCTIONS", "INVALID", "Instruction"]


class Instruction(NamedTuple):
    """One opcode. ``pops`` words must be there; afterwards there are ``pushes`` in their place.

    For DUP and SWAP ``pops`` is how deep they reach.
    """

    name: str
    handler: Callable[[Frame], None]
    gas: int
    pops: int
    pushes: int


INVALID: Final = Instruction("INVALID", system.invalid, 0, 0, 0)


def _table() -> tuple[Instruction, ...]:
    table = [INVALID] * 256

    def put(opcode: int, handler: Callable[[Frame], None], cost: int, pops: int, pushes: int) -> None:
        table[opcode] = Instruction((handler.__name__.rstrip("_")).upper(), handler, cost, pops, pushes)

    put(0x00, system.stop, 0, 0, 0)
    put(0x01, arithmetic.add, gas.VERY_LOW, 2, 1)
    put(0x02, arithmetic.mul, gas.LOW, 2, 1)
    put(0x03, arithmetic.sub, gas.VERY_LOW, 2, 1)
    put(0x04, arithmetic.div, gas.LOW, 2, 1)
    put(0x05, arithmetic.sdiv, gas.LOW, 2, 1)
    put(0x06, arithmetic.mod, gas.LOW, 2, 1)
    put(0x07, arithmetic.smod, gas.LOW, 2, 1)
    put(0x08, arithmetic.addmod, gas.MID, 3, 1)
    put(0x09, arithmetic.mulmod, gas.MID, 3, 1)
    put(0x0A, arithmetic.exp, gas.EXP, 2, 1)
    put(0x0B, arithmetic.signextend, gas.LOW, 2, 1)

    put(0x10, bitwise.lt, gas.VERY_LOW, 2, 1)
    put(0x11, bitwise.gt, gas.VERY_LOW, 2, 1)
    put(0x12, bitwise.slt, gas.VERY_LOW, 2, 1)
    put(0x13, bitwise.sgt, gas.VERY_LOW, 2, 1)
    put(0x14, bitwise.eq, gas.VERY_LOW, 2, 1)
    put(0x15, bitwise.iszero, gas.VERY_LOW, 1, 1)
    put(0x16, bitwise.and_, gas.VERY_LOW, 2, 1)
    put(0x17, bitwise.or_, gas.VERY_LOW, 2, 1)
    put(0x18, bitwise.xor, gas.VERY_LOW, 2, 1)
    put(0x19, bitwise.not_, gas.VERY_LOW, 1, 1)
    put(0x1A, bitwise.byte, gas.VERY_LOW, 2, 1)
    put(0x1B, bitwise.shl, gas.VERY_LOW, 2, 1)
    put(0x1C, bitwise.shr, gas.VERY_LOW, 2, 1)
    put(0x1D, bitwise.sar, gas.VERY_LOW, 2, 1)
    put(0x1E, bitwise.clz, gas.LOW, 1, 1)

    put(0x20, environment.keccak256, gas.KECCAK, 2, 1)
    put(0x30, environment.address, gas.BASE, 0, 1)
    put(0x31, environment.balance, 0, 1, 1)
    put(0x32, environment.origin, gas.BASE, 0, 1)
    put(0x33, environment.caller, gas.BASE, 0, 1)
    put(0x34, environment.callvalue, gas.BASE, 0, 1)
    put(0x35, environment.calldataload, gas.VERY_LOW, 1, 1)
    put(0x36, environment.calldatasize, gas.BASE, 0, 1)
    put(0x37, environment.calldatacopy, gas.VERY_LOW, 3, 0)
    put(0x38, environment.codesize, gas.BASE, 0, 1)
    put(0x39, environment.codecopy, gas.VERY_LOW, 3, 0)
    put(0x3A, environment.gasprice, gas.BASE, 0, 1)
    put(0x3B, environment.extcodesize, 0, 1, 1)
    put(0x3C, environment.extcodecopy, 0, 4, 0)
    put(0x3D, environment.returndatasize, gas.BASE, 0, 1)
    put(0x3E, environment.returndatacopy, gas.VERY_LOW, 3, 0)
    put(0x3F, environment.extcodehash, 0, 1, 1)

    put(0x40, block.blockhash, gas.BLOCK_HASH, 1, 1)
    put(0x41, block.coinbase, gas.BASE, 0, 1)
    put(0x42, block.timestamp, gas.BASE, 0, 1)
    put(0x43, block.number, gas.BASE, 0, 1)
    put(0x44, block.prevrandao, gas.BASE, 0, 1)
    put(0x45, block.gaslimit, gas.BASE, 0, 1)
    put(0x46, block.chainid, gas.BASE, 0, 1)
    put(0x47, block.selfbalance, gas.LOW, 0, 1)
    put(0x48, block.basefee, gas.BASE, 0, 1)
    put(0x49, block.blobhash, gas.VERY_LOW, 1, 1)
    put(0x4A, block.blobbasefee, gas.BASE, 0, 1)

    put(0x50, control.pop, gas.BASE, 1, 0)
    put(0x51, memory.mload, gas.VERY_LOW, 1, 1)
    put(0x52, memory.mstore, gas.VERY_LOW, 2, 0)
    put(0x53, memory.mstore8, gas.VERY_LOW, 2, 0)
    put(0x54, storage.sload, 0, 1, 1)
    put(0x55, storage.sstore, 0, 2, 0)
    put(0x56, control.jump, gas.MID, 1, 0)
    put(0x57, control.jumpi, gas.HIGH, 2, 0)
    put(0x58, control.pc, gas.BASE, 0, 1)
    put(0x59, memory.msize, gas.BASE, 0, 1)
    put(0x5A, control.gas, gas.BASE, 0, 1)
    put(0x5B, control.jumpdest, gas.JUMPDEST, 0, 0)
    put(0x5C, storage.tload, gas.WARM, 1, 1)
    put(0x5D, storage.tstore, gas.WARM, 2, 0)
    put(0x5E, memory.mcopy, gas.VERY_LOW, 3, 0)

    for size in range(33):
        cost = gas.VERY_LOW if size else gas.BASE  # EIP-3855
        table[0x5F + size] = Instruction(f"PUSH{size}", control.push(size), cost, 0, 1)
    for depth in range(1, 17):
        table[0x7F + depth] = Instruction(f"DUP{depth}", control.dup(depth), gas.VERY_LOW, depth, depth + 1)
        table[0x8F + depth] = Instruction(
            f"SWAP{depth}", control.swap(depth), gas.VERY_LOW, depth + 1, depth + 1
        )
    for topics in range(5):
        cost = gas.LOG + topics * gas.LOG_TOPIC
        table[0xA0 + topics] = Instruction(f"LOG{topics}", log.log(topics), cost, 2 + topics, 0)

    put(0xF0, system.create, gas.CREATE, 3, 1)
    put(0xF1, system.call, 0, 7, 1)
    put(0xF2, system.callcode, 0, 7, 1)
    put(0xF3, system.return_, 0, 2, 0)
    put(0xF4, system.delegatecall, 0, 6, 1)
    put(0xF5, system.create2, gas.CREATE, 4, 1)
    put(0xFA, system.staticcall, 0, 6, 1)
    put(0xFD, system.revert, 0, 2, 0)
    put(0xFF, system.selfdestruct, gas.SELF_DESTRUCT, 1, 0)
    return tuple(table)


INSTRUCTIONS: Final = _table()
