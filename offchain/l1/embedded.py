"""L1 inside this process: the eth-tester chain of ape, read directly, without the layers of web3 above it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ape.api import ProviderAPI
from eth_tester.exceptions import BlockNotFound, TransactionFailed  # type: ignore[import-untyped]

from offchain.errors import NetworkError
from offchain.l1.source import L1Block, L1Log

__all__ = ["EmbeddedSource"]

_CALL_GAS: Final = 10_000_000
_CALL_FEE: Final = 10**12  # above any base fee; nobody pays it


class EmbeddedSource:
    """An `L1Source` on ape's `ethereum:local:test`."""

    def __init__(self, provider: ProviderAPI) -> None:
        if not hasattr(provider, "tester"):
            raise NetworkError(f"{provider.name} is not the embedded chain")
        self._provider = provider

    @property
    def _chain(self) -> Any:
        # Asked for each time: ape replaces the chain when it reconnects.
        return self._provider.tester.ethereum_tester

    def chain_id(self) -> int:
        """See `L1Source.chain_id`."""
        return int(self._provider.chain_id)

    def block(self, number: int | None = None) -> L1Block | None:
        """See `L1Source.block`."""
        try:
            block = self._chain.get_block_by_number("latest" if number is None else number)
        except BlockNotFound:
            return None
        # Asked for by number, eth-tester also gives the pending block, which is none yet.
        if number is not None and number > self._chain.get_block_by_number("latest")["number"]:
            return None
        return L1Block(int(block["number"]), _bytes(block["hash"]), int(block["timestamp"]))

    def code(self, address: bytes) -> bytes:
        """See `L1Source.code`."""
        return _bytes(self._chain.get_code(f"0x{address.hex()}"))

    def call(self, address: bytes, data: bytes, block: int) -> bytes:
        """See `L1Source.call`."""
        request = {
            "from": self._chain.get_accounts()[0],  # eth-tester wants calls to be affordable
            "to": f"0x{address.hex()}",
            "data": f"0x{data.hex()}",
            "gas": _CALL_GAS,
            "max_fee_per_gas": _CALL_FEE,
            "max_priority_fee_per_gas": 0,
        }
        try:
            return _bytes(self._chain.call(request, block_number=block))
        except (BlockNotFound, TransactionFailed) as error:
            raise NetworkError(f"the call of 0x{address.hex()} fails on L1: {error}") from error

    def calls(self, address: bytes, data: Sequence[bytes], block: int) -> list[bytes]:
        """See `L1Source.calls`."""
        return [self.call(address, one, block) for one in data]

    def logs(self, address: bytes, topics: Sequence[bytes], first_block: int, last_block: int) -> list[L1Log]:
        """See `L1Source.logs`."""
        found = self._chain.get_logs(
            from_block=first_block, to_block=last_block, address=f"0x{address.hex()}", topics=None
        )
        logs = [
            L1Log(
                tuple(_bytes(topic) for topic in entry["topics"]),
                _bytes(entry["data"]),
                int(entry["block_number"]),
                _bytes(entry["block_hash"]),
                int(entry["log_index"]),
            )
            for entry in found
            # eth-tester's own filter knows no alternatives within a topic.
            if entry["topics"] and _bytes(entry["topics"][0]) in topics
        ]
        return sorted(logs, key=lambda log: (log.block_number, log.index))


def _bytes(value: str) -> bytes:
    return bytes.fromhex(value[2:])
