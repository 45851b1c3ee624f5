"""What a step costs on L1: measured on the deployed verifier, in process or by transactions to anvil."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pyrevm

from offchain.bench.steps.deep_machine import Question
from offchain.conformance.anvil import RpcError
from offchain.errors import NetworkError
from offchain.steptest.engine_anvil import AnvilEngine
from offchain.steptest.engine_pyrevm import PyrevmEngine
from offchain.steptest.verifier import Artifacts, all_in_gas, calldata_of

__all__ = ["AnvilGauge", "Cost", "PyrevmGauge"]

_CALLER: Final = "0x" + "11" * 20
_PYREVM_GAS: Final = 1 << 40
_TRANSACTION_GAS: Final = 1 << 24  # EIP-7825
_PRICE: Final = 10**11


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one step: gas of the execution, of the calldata at the floor of EIP-7623 and at the standard rate (16 and 4),
    all in (with the 21,000 of a transaction), and the bytes of the witness."""

    execution: int
    calldata: int
    standard_calldata: int
    all_in: int
    witness: int

    @classmethod
    def of(cls, calldata: bytes, execution: int, witness: bytes) -> Cost:
        """From a measured execution."""
        tokens = 4 * len(calldata) - 3 * calldata.count(0)
        return cls(execution, 10 * tokens, 4 * tokens, all_in_gas(calldata, execution), len(witness))


def _calldata(question: Question) -> bytes:
    return calldata_of(question.context_hash, question.unit, question.before, question.witness)


class PyrevmGauge(PyrevmEngine):
    """Measures in process, under the rules of Cancun."""

    def __init__(self, artifacts: Artifacts) -> None:
        self._codes: dict[str, bytes] = {}
        super().__init__(artifacts)

    def cost(self, question: Question) -> Cost:
        """The cost of a step, whose successor has to be the machine's."""
        calldata = _calldata(question)
        # An EVM of pyrevm keeps accounts warm from call to call: each step gets a chain of its own.
        evm: Any = pyrevm.EVM(gas_limit=1 << 62)
        for address, code in self._codes.items():
            evm.insert_account_info(address, pyrevm.AccountInfo(code=code))
        result: Any = evm.message_call(
            caller=_CALLER, to=self._entry, calldata=calldata, gas=_PYREVM_GAS, is_static=True
        )
        assert bytes(result) == question.after, "the verifier finds another successor"
        tokens = 4 * len(calldata) - 3 * calldata.count(0)
        return Cost.of(calldata, evm.result.gas_used - 21_000 - 4 * tokens, question.witness)

    def _deploy(self, creation: bytes) -> bytes:
        address = super()._deploy(creation)
        text = "0x" + address.hex()
        self._codes[text] = bytes(self._evm.get_code(text))
        return address


class AnvilGauge(AnvilEngine):
    """Measures by transactions under the rules of Osaka. A context manager."""

    def __enter__(self) -> AnvilGauge:
        super().__enter__()
        return self

    def cost(self, question: Question) -> Cost:
        """The cost of a step, whose successor has to be the machine's. Its execution must outweigh the floor."""
        calldata = _calldata(question)
        (answer,) = self.ask([calldata])
        assert answer.after == question.after, f"the verifier finds another successor {answer.error}"
        sent = {"from": _CALLER, "to": self._entry, "data": "0x" + calldata.hex()}
        sent |= {"gas": hex(_TRANSACTION_GAS), "gasPrice": hex(_PRICE)}
        try:
            number = self._node.call("eth_sendTransaction", sent)
            self._node.call("evm_mine")
            receipt = self._node.call("eth_getTransactionReceipt", number)
        except RpcError as error:
            raise NetworkError(f"anvil does not take the step: {error}") from error
        if receipt["status"] != "0x1":
            raise NetworkError("the step fails within the gas of one transaction")
        used = int(receipt["gasUsed"], 16)
        tokens = 4 * len(calldata) - 3 * calldata.count(0)
        cost = Cost.of(calldata, used - 21_000 - 4 * tokens, question.witness)
        assert cost.all_in == used > 21_000 + cost.calldata, "the floor hides what the execution costs"
        return cost
