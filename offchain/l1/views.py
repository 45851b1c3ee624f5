"""The few views of RollupManager that a node compares its reading of the events with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError

from offchain.errors import NetworkError
from offchain.hashing import keccak
from offchain.l1.source import L1Source

__all__ = ["Heads", "RollupViews"]


@dataclass(frozen=True, slots=True)
class Heads:
    """The last batch ordered, claimed and final, and the last serial given out."""

    ordered: int
    claimed: int
    finalized: int
    serial: int


class RollupViews:
    """The contract at a 20-byte address. Each method asks for the state after an L1 block."""

    def __init__(self, source: L1Source, address: bytes) -> None:
        self._source = source
        self._address = address

    def chain_config_hash(self, block: int) -> bytes:
        """Hash of the configuration that every batch is executed under."""
        return bytes(self._ask("chainConfigHash()", [], ["bytes32"], block)[0])

    def order_hash(self, batch: int, block: int) -> bytes:
        """Hash of an order, 0 if there is none; order 0 is the genesis."""
        return bytes(self._ask("orderHash(uint256)", [batch], ["bytes32"], block)[0])

    def heads(self, block: int) -> Heads:
        """See `Heads`."""
        return Heads(*self._ask("heads()", [], ["uint64"] * 4, block))

    def base(self, block: int) -> tuple[int, bytes]:
        """(r, h(S_r))."""
        root, batch = self._ask("base()", [], ["bytes32", "uint64"], block)
        return batch, root

    def _ask(self, signature: str, arguments: list[Any], results: list[str], block: int) -> tuple[Any, ...]:
        name, _, kinds = signature.partition("(")
        data = keccak(signature.encode())[:4] + encode([k for k in kinds[:-1].split(",") if k], arguments)
        answer = self._source.call(self._address, data, block)
        try:
            return tuple(decode(results, answer))
        except (DecodingError, OverflowError) as error:
            raise NetworkError(
                f"the contract at 0x{self._address.hex()} is no rollup: {name} answers {len(answer)} bytes"
            ) from error
