"""The L1 of `benchmarks/games.py`: an anvil of its own that anybody can be made to send transactions to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from eth_abi.abi import encode

from offchain.demo.network import private_anvil
from offchain.evm.calls import create_address
from offchain.l1.transport import HttpTransport
from tests.contracts.rollup.in_process import _selector, _types
from tests.support.solidity import compile_contract

SEQUENCER, CHALLENGER = "0x" + "5e" * 20, "0x" + "c4" * 20


class Anvil:
    """Transactions of anybody, at times of our own."""

    def __init__(self, url: str) -> None:
        self.request = HttpTransport(url)
        self.time = int(self.request("eth_getBlockByNumber", ["latest", False])["timestamp"], 16)
        self.nonce = 0
        for account in (SEQUENCER, CHALLENGER):
            self.request("anvil_setBalance", [account, hex(10**30)])
            self.request("anvil_impersonateAccount", [account])

    def send(self, sender: str, to: str | None, data: bytes, value: int = 0) -> dict[str, Any]:
        """The receipt. Every transaction is a second later than the one before."""
        self.time += 1
        self.request("evm_setNextBlockTimestamp", [self.time])
        transaction = {"from": sender, "data": "0x" + data.hex(), "value": hex(value), "gas": hex(29_000_000)}
        if to is not None:
            transaction["to"] = to
        number = self.request("eth_sendTransaction", [transaction])
        receipt: dict[str, Any] | None = None
        while receipt is None:  # anvil mines beside the answer
            receipt = self.request("eth_getTransactionReceipt", [number])
        assert int(receipt["status"], 16), f"L1 refuses {data[:4].hex()}"
        return receipt

    def predict(self, ahead: int) -> str:
        """The address of the contract that is deployed after ``ahead`` others."""
        return "0x" + create_address(bytes.fromhex(SEQUENCER[2:]), self.nonce + ahead).hex()

    def deploy(self, name: str, *arguments: Any) -> str:
        """The address."""
        abi, creation = compile_contract(name)
        constructor: dict[str, Any] = next((e for e in abi if e["type"] == "constructor"), {"inputs": []})
        receipt = self.send(SEQUENCER, None, creation + encode(_types(constructor["inputs"]), arguments))
        self.nonce += 1
        return str(receipt["contractAddress"])

    def call(self, sender: str, name: str, to: str, function: str, *arguments: Any, value: int = 0) -> Any:
        """A transaction to a function of contract ``name``; the receipt."""
        entry = next(e for e in compile_contract(name)[0] if e.get("name") == function)
        self.nonce += sender == SEQUENCER
        data = _selector(entry) + encode(_types(entry["inputs"]), arguments)
        return self.send(sender, to, data, value)


@contextmanager
def an_anvil() -> Iterator[Anvil]:
    """A chain of its own."""
    with private_anvil() as url:
        l1 = Anvil(url)
        with closing(l1.request):
            yield l1
