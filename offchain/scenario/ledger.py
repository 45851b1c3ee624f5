"""What a local chain itself says of its transactions: who sent what, for how much gas, and where the fees went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from eth_utils.address import to_checksum_address

from offchain.demo.network import LocalNetwork
from offchain.hashing import keccak
from offchain.l1.contracts import Contracts
from offchain.l1.transport import HttpTransport
from offchain.scenario.embedded_chain import receipts_of

__all__ = ["ChainReader", "Transaction", "functions_of"]

_SUCCESS: Final = b"\x01"


@dataclass(frozen=True, slots=True)
class Transaction:
    """``sender``: 20 bytes. ``selector``: 4 bytes. fee: all that the sender paid for gas, in wei; ``tip``: the part of
    it that went to ``miner``.
    """

    block: int
    sender: bytes
    selector: bytes
    gas_used: int
    fee: int
    tip: int
    miner: bytes
    succeeded: bool


class ChainReader:
    """Reads transactions and balances of eth-tester or anvil."""

    def __init__(self, network: LocalNetwork) -> None:
        self._network = network

    def transactions(self, first_block: int, last_block: int) -> list[Transaction]:
        """All of these blocks, in their order."""
        if self._network.url is None:
            return [one for number in range(first_block, last_block + 1) for one in self._embedded(number)]
        with closing(HttpTransport(self._network.url)) as request:
            return [
                one for number in range(first_block, last_block + 1) for one in _over_rpc(request, number)
            ]

    def balance(self, address: bytes) -> int:
        """Wei at the head."""
        return int(self._network.provider.get_balance(to_checksum_address(address)))

    def _embedded(self, number: int) -> Iterator[Transaction]:
        chain: Any = self._network.provider.tester.ethereum_tester
        header, receipts = receipts_of(chain, number)
        base_fee = int(header.base_fee_per_gas)
        for sent, receipt, gas in receipts:
            yield _transaction(
                number,
                bytes(sent.sender),
                bytes(sent.data),
                gas,
                min(int(sent.max_fee_per_gas), base_fee + int(sent.max_priority_fee_per_gas)),
                base_fee,
                bytes(header.coinbase),
                receipt.state_root == _SUCCESS,
            )


def _over_rpc(request: HttpTransport, number: int) -> Iterator[Transaction]:
    block: Any = request("eth_getBlockByNumber", [hex(number), True])
    receipts: Any = request("eth_getBlockReceipts", [hex(number)]) if block["transactions"] else []
    for sent, receipt in zip(block["transactions"], receipts, strict=True):
        yield _transaction(
            number,
            _bytes(sent["from"]),
            _bytes(sent["input"]),
            int(receipt["gasUsed"], 16),
            int(receipt["effectiveGasPrice"], 16),
            int(block["baseFeePerGas"], 16),
            _bytes(block["miner"]),
            receipt["status"] == "0x1",
        )


def functions_of(contracts: Contracts, *names: str) -> Mapping[bytes, str]:
    """Selector -> name of the functions of some contracts."""
    return {
        keccak(method.selector.encode())[:4]: str(method.name)
        for name in names
        for method in contracts[name].contract_type.mutable_methods
    }


def _transaction(
    block: int,
    sender: bytes,
    data: bytes,
    gas: int,
    price: int,
    base_fee: int,
    miner: bytes,
    succeeded: bool,
) -> Transaction:
    tip = gas * (price - base_fee)
    return Transaction(block, sender, data[:4], gas, gas * price, tip, miner, succeeded)


def _bytes(value: str) -> bytes:
    return bytes.fromhex(value[2:])
