"""The verifier on eth-tester over py-evm, the chain that ape embeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from eth_tester import EthereumTester, PyEVMBackend  # type: ignore[import-untyped]
from eth_tester.exceptions import TransactionFailed  # type: ignore[import-untyped]

from offchain.errors import NetworkError
from offchain.steptest.engine import Answer
from offchain.steptest.verifier import Artifacts, deploy_verifier

__all__ = ["EthTesterEngine"]

_GAS: Final = 16_000_000
_DEPLOYMENT_GAS: Final = 10_000_000
_BLOCK_GAS: Final = 30_000_000
_FEE: Final = 10**12  # above any base fee; nobody pays it


class EthTesterEngine:
    """See `Engine`. Gas is not measured."""

    has_prague = True

    def __init__(self, artifacts: Artifacts) -> None:
        genesis = PyEVMBackend.generate_genesis_params({"gas_limit": _BLOCK_GAS})
        self._chain: Any = EthereumTester(PyEVMBackend(genesis_parameters=genesis))
        self._account = self._chain.get_accounts()[0]
        self._entry = "0x" + deploy_verifier(self._deploy, artifacts).hex()

    def ask(self, calls: Sequence[bytes]) -> list[Answer]:
        """See `Engine.ask`."""
        return [self._ask(calldata) for calldata in calls]

    def _ask(self, calldata: bytes) -> Answer:
        request = self._request(calldata, _GAS) | {"to": self._entry}
        try:
            return Answer(bytes.fromhex(self._chain.call(request)[2:]))
        except TransactionFailed as error:
            return Answer(None, error=str(error))

    def _deploy(self, creation: bytes) -> bytes:
        sent = self._chain.send_transaction(self._request(creation, _DEPLOYMENT_GAS))
        receipt = self._chain.get_transaction_receipt(sent)
        if not receipt["status"]:
            raise NetworkError("the verifier does not deploy on eth-tester")
        return bytes.fromhex(receipt["contract_address"][2:])

    def _request(self, data: bytes, gas: int) -> dict[str, Any]:
        return {
            "from": self._account,
            "data": "0x" + data.hex(),
            "gas": gas,
            "max_fee_per_gas": _FEE,
            "max_priority_fee_per_gas": 0,
        }
