"""What is asked of L1: blocks, logs of one contract, and the answers of its views. Nothing else is read.

Everything behind this interface is replaceable: plain JSON-RPC, the embedded chain of ape, a list in a test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["L1Block", "L1Log", "L1Source"]


@dataclass(frozen=True, slots=True)
class L1Block:
    """A block of L1: its number, its hash (32 bytes) and its time in seconds."""

    number: int
    hash: bytes
    timestamp: int


@dataclass(frozen=True, slots=True)
class L1Log:
    """A log as the node gives it. Topics and block hash are 32 bytes."""

    topics: tuple[bytes, ...]
    data: bytes
    block_number: int
    block_hash: bytes
    index: int


class L1Source(Protocol):
    """A node of L1. Every method raises `NetworkError` where the node fails or answers nonsense."""

    def chain_id(self) -> int:
        """The chain id of L1."""

    def block(self, number: int | None = None) -> L1Block | None:
        """The block with this number, the newest for None; None where the chain does not reach it."""

    def code(self, address: bytes) -> bytes:
        """The code at a 20-byte address."""

    def call(self, address: bytes, data: bytes, block: int) -> bytes:
        """What the contract answers to ``data`` after block ``block``."""

    def calls(self, address: bytes, data: Sequence[bytes], block: int) -> Sequence[bytes]:
        """What it answers to each of ``data``: the same as `call` for each, in fewer requests where that can be."""

    def logs(
        self, address: bytes, topics: Sequence[bytes], first_block: int, last_block: int
    ) -> Sequence[L1Log]:
        """The logs of a contract whose first topic is one of ``topics``, in their order on the chain."""
