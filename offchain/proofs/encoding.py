"""Every struct of docs/machine.md as its fixed-width bytes, and its hash. Twins: the libraries of contracts/machine.

A struct's bytes are what a witness carries; `hash_of` puts the tag before them.
"""

from __future__ import annotations

from typing import Final

from offchain.evm.context import BatchContext
from offchain.hashing import keccak
from offchain.trees.slices import Slice

__all__ = [
    "APPLY",
    "APPLY_TAG",
    "CHECKPOINT_TAG",
    "CONST_TAG",
    "CONTEXT_TAG",
    "DIFF_TAG",
    "EXECUTE",
    "FRAME_TAG",
    "FULL",
    "MACHINE_TAG",
    "PENDING_TAG",
    "SPONGE_TAG",
    "STATE_TAG",
    "TRANSACTION_TAG",
    "apply_hash",
    "checkpoint_bytes",
    "context_bytes",
    "diff_hash",
    "hash_of",
    "machine_bytes",
    "pending_bytes",
    "push_destroyed",
    "push_new_slot",
    "push_word",
    "start_hash",
    "state_hash",
]

CONTEXT_TAG: Final = b"\x10"
MACHINE_TAG: Final = b"\x11"
DIFF_TAG: Final = b"\x12"
APPLY_TAG: Final = b"\x13"
STATE_TAG: Final = b"\x14"
TRANSACTION_TAG: Final = b"\x15"
FRAME_TAG: Final = b"\x16"
CONST_TAG: Final = b"\x17"
CHECKPOINT_TAG: Final = b"\x18"
PENDING_TAG: Final = b"\x19"
WORD_TAG: Final = b"\x1a"
NEW_SLOT_TAG: Final = b"\x1b"
DESTROYED_TAG: Final = b"\x1c"
SPONGE_TAG: Final = b"\x1d"

OSAKA: Final = 1

# What a trace is about: the field `mode` of struct `context`.
EXECUTE: Final = 0
APPLY: Final = 1
FULL: Final = 2


def hash_of(tag: bytes, struct: bytes) -> bytes:
    """The hash of a struct's bytes."""
    return keccak(tag + struct)


def context_bytes(
    context: BatchContext, data_root: bytes, data_size: int, pre_root: bytes, mode: int = EXECUTE
) -> bytes:
    """Struct `context`, 250 bytes. ``mode``: EXECUTE, APPLY or FULL."""
    return b"".join(
        (
            bytes([OSAKA]),
            context.chain_id.to_bytes(8, "big"),
            context.number.to_bytes(8, "big"),
            context.timestamp.to_bytes(8, "big"),
            context.prevrandao,
            context.parent_order_hash,
            context.coinbase,
            context.gas_limit.to_bytes(8, "big"),
            context.base_fee.to_bytes(32, "big"),
            context.blob_base_fee.to_bytes(32, "big"),
            data_root,
            data_size.to_bytes(4, "big"),
            pre_root,
            bytes([mode]),
        )
    )


def machine_bytes(
    phase: int, unit: int, cursor: int, gas_left: int, diff_root: bytes, transaction: bytes, frame: bytes
) -> bytes:
    """Struct `machine`, 111 bytes; ``transaction`` and ``frame`` are hashes."""
    return b"".join(
        (
            bytes([phase]),
            unit.to_bytes(2, "big"),
            cursor.to_bytes(4, "big"),
            gas_left.to_bytes(8, "big"),
            diff_root,
            transaction,
            frame,
        )
    )


def checkpoint_bytes(
    diff_root: bytes, scratch_root: bytes, refund: int, new_slots: bytes, destroyed: bytes
) -> bytes:
    """Struct `checkpoint`, 136 bytes."""
    return diff_root + scratch_root + refund.to_bytes(8, "big") + new_slots + destroyed


def pending_bytes(
    kind: int, source: Slice, offset: int, destination: int, remaining: int, sponge: bytes
) -> bytes:
    """Struct `pending`, 86 bytes."""
    return b"".join(
        (
            bytes([kind]),
            source.encode(),
            offset.to_bytes(4, "big"),
            destination.to_bytes(4, "big"),
            remaining.to_bytes(4, "big"),
            sponge,
        )
    )


def start_hash(gas_limit: int) -> bytes:
    """The state in which an execution begins: in unit 0, behind the version byte, with the gas of the batch."""
    return hash_of(MACHINE_TAG, machine_bytes(0, 0, 1, gas_limit, bytes(32), bytes(32), bytes(32)))


def diff_hash(diff_root: bytes) -> bytes:
    """The state in which an execution ends."""
    return keccak(DIFF_TAG + diff_root)


def apply_hash(root: bytes, rest: bytes) -> bytes:
    """The state of an application between two entries."""
    return keccak(APPLY_TAG + root + rest)


def state_hash(root: bytes) -> bytes:
    """The state in which an application ends."""
    return keccak(STATE_TAG + root)


# Hash chains; empty is 32 zero bytes.


def push_word(chain: bytes, word: int) -> bytes:
    """The stack with one more word."""
    return keccak(WORD_TAG + chain + word.to_bytes(32, "big"))


def push_new_slot(chain: bytes, address: bytes, key: int) -> bytes:
    """The list of new slots with one more."""
    return keccak(NEW_SLOT_TAG + chain + address + key.to_bytes(32, "big"))


def push_destroyed(chain: bytes, address: bytes) -> bytes:
    """The list of destroyed contracts with one more."""
    return keccak(DESTROYED_TAG + chain + address)
