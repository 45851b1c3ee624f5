"""The embedded chain read block by block from py-evm itself, each block once.

eth-tester looks for every receipt in all blocks from the newest down, so that reading the events of a long game through
it takes longer than playing the game. Nobody but the world rewinds this chain, and it says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ape.api import ProviderAPI

from offchain.demo.network import LocalNetwork
from offchain.l1.embedded import EmbeddedSource
from offchain.l1.source import L1Block, L1Log, L1Source

__all__ = ["EmbeddedChain", "receipts_of", "source_of"]


class EmbeddedChain(EmbeddedSource):
    """An `EmbeddedSource` that remembers what can't change any more."""

    def __init__(self, provider: ProviderAPI) -> None:
        super().__init__(provider)
        self._logs: dict[int, list[tuple[bytes, L1Log]]] = {}
        self._blocks: dict[int, L1Block] = {}
        self._answers: dict[tuple[bytes, bytes, int], bytes] = {}

    def forget(self, above: int) -> None:
        """The chain was rewound to block ``above``."""
        self._logs = {number: logs for number, logs in self._logs.items() if number <= above}
        self._blocks = {number: block for number, block in self._blocks.items() if number <= above}
        self._answers.clear()

    def block(self, number: int | None = None) -> L1Block | None:
        """See `L1Source.block`."""
        if number in self._blocks:
            return self._blocks[number]
        found = super().block(number)
        if found is not None:
            self._blocks[found.number] = found
        return found

    def call(self, address: bytes, data: bytes, block: int) -> bytes:
        """See `L1Source.call`."""
        key = address, data, block
        if key not in self._answers:
            self._answers[key] = super().call(*key)
        return self._answers[key]

    def logs(self, address: bytes, topics: Sequence[bytes], first_block: int, last_block: int) -> list[L1Log]:
        """See `L1Source.logs`."""
        newest = self.block()
        assert newest is not None
        found = []
        for number in range(first_block, min(last_block, newest.number) + 1):
            if number not in self._logs:
                self._logs[number] = _logs_of(self._chain, number)
            found += [log for at, log in self._logs[number] if at == address and log.topics[0] in topics]
        return found


def source_of(network: LocalNetwork) -> L1Source:
    """A reading of the network that is fast on the embedded chain as well."""
    return EmbeddedChain(network.provider) if network.url is None else network.new_source()


def receipts_of(chain: Any, number: int) -> tuple[Any, list[tuple[Any, Any, int]]]:
    """A block's header of py-evm, and (transaction, receipt, gas used) for each of its transactions.

    ``chain`` is eth-tester's.
    """
    evm = chain.backend.chain
    block = evm.get_canonical_block_by_number(number)
    before, result = 0, []
    for sent, receipt in zip(block.transactions, block.get_receipts(evm.chaindb), strict=True):
        result.append((sent, receipt, receipt.gas_used - before))
        before = receipt.gas_used
    return block.header, result


def _logs_of(chain: Any, number: int) -> list[tuple[bytes, L1Log]]:
    header, receipts = receipts_of(chain, number)
    logs: list[tuple[bytes, L1Log]] = []
    for _, receipt, _ in receipts:
        for log in receipt.logs:
            topics = tuple(topic.to_bytes(32) for topic in log.topics)
            one = L1Log(topics, bytes(log.data), number, bytes(header.hash), len(logs))
            logs.append((bytes(log.address), one))
    return [entry for entry in logs if entry[1].topics]
