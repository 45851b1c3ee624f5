"""An order and its hash, the twin of ``contracts/libraries/Orders.sol``.

Every field is hashed as one 32-byte word, big-endian, addresses and integers padded on the left.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Final

from offchain.hashing import keccak

__all__ = ["Order", "genesis_hash"]

ORDER_TAG: Final = keccak(b"deltaroll.order")
GENESIS_TAG: Final = keccak(b"deltaroll.genesis")


@dataclass(frozen=True, slots=True)
class Order:
    """What L1 fixes of one batch. Hashes are 32 bytes, ``coinbase`` is 20, ``timestamp`` seconds."""

    parent_hash: bytes
    batch: int
    data_root: bytes
    size: int
    timestamp: int
    prevrandao: bytes
    coinbase: bytes

    def hash(self) -> bytes:
        """H(tag ‖ parent hash ‖ batch ‖ dataRoot ‖ size ‖ timestamp ‖ prevrandao ‖ coinbase)."""
        return keccak(
            b"".join(
                (
                    ORDER_TAG,
                    self.parent_hash,
                    self.batch.to_bytes(32),
                    self.data_root,
                    self.size.to_bytes(32),
                    self.timestamp.to_bytes(32),
                    self.prevrandao,
                    self.coinbase.rjust(32, b"\0"),
                )
            )
        )

    def as_tuple(self) -> tuple[bytes | int, ...]:
        """The struct as the contract takes it."""
        return astuple(self)


def genesis_hash(chain_config_hash: bytes, state_root: bytes) -> bytes:
    """The hash that stands for order 0: H(tag ‖ chain configuration ‖ h(S_0))."""
    return keccak(GENESIS_TAG + chain_config_hash + state_root)
