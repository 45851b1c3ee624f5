"""The verifier in process, in revm as pyrevm wraps it: rules of Cancun, no chain, no transactions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pyrevm

from offchain.steptest.engine import Answer
from offchain.steptest.verifier import Artifacts, all_in_gas, deploy_verifier

__all__ = ["RENEWED_AFTER", "PyrevmEngine"]

#: Calls of one EVM: 4 MB; making the next one takes as long as 40 calls.
RENEWED_AFTER: Final = 4_096

_CALLER: Final = "0x" + "11" * 20
_CALL_GAS: Final = 1 << 40
_INVALID: Final = b"\xfe"
_PRAGUE: Final = range(0x0B, 0x12)


class PyrevmEngine:
    """See `Engine`. In place of the precompiles of Prague is code that fails, so that the verifier deploys.

    An EVM of pyrevm keeps about 900 bytes of every call for good, so it is replaced after RENEWED_AFTER of them.
    """

    has_prague = False

    def __init__(self, artifacts: Artifacts) -> None:
        self._artifacts = artifacts
        self._evm: Any = None
        self._entry = ""
        self._calls_left = 0
        self._renew()

    def ask(self, calls: Sequence[bytes]) -> list[Answer]:
        """See `Engine.ask`."""
        return [self._ask(calldata) for calldata in calls]

    def _renew(self) -> None:
        self._evm = pyrevm.EVM(gas_limit=1 << 62)
        for number in _PRAGUE:
            self._evm.insert_account_info(f"0x{number:040x}", pyrevm.AccountInfo(code=_INVALID))
        self._entry = "0x" + deploy_verifier(self._deploy, self._artifacts).hex()
        self._calls_left = RENEWED_AFTER

    def _ask(self, calldata: bytes) -> Answer:
        if not self._calls_left:
            self._renew()
        self._calls_left -= 1
        evm = self._evm
        try:
            result = evm.message_call(
                caller=_CALLER, to=self._entry, calldata=calldata, gas=_CALL_GAS, is_static=True
            )
        except RuntimeError as error:
            return Answer(None, error=str(error))
        tokens = 4 * len(calldata) - 3 * calldata.count(0)
        return Answer(bytes(result), all_in_gas(calldata, evm.result.gas_used - 21_000 - 4 * tokens))

    def _deploy(self, creation: bytes) -> bytes:
        return bytes.fromhex(self._evm.deploy(_CALLER, creation)[2:])
