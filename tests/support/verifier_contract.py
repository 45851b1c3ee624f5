"""OneStepVerifier with its provers on an L1 in process."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pyrevm

from offchain.proofs.provers import Prover
from tests.support.in_process import InProcess
from tests.support.solidity import compile_contract

__all__ = ["CONTRACTS", "put_code", "put_younger_precompiles", "verifier", "verifier_with"]

#: The contract of each prover.
CONTRACTS = {prover: f"{prover.name.capitalize()}Prover" for prover in Prover}

_INVALID = b"\xfe"


def put_code(contract: InProcess, at: bytes, code: bytes) -> None:
    """Code at an address of the chain that the contract is on."""
    contract._evm.insert_account_info("0x" + at.hex(), pyrevm.AccountInfo(code=code))


def put_younger_precompiles(contract: InProcess) -> None:
    """Make the chain look as if it had the precompiles of Prague: each call of one fails."""
    for number in range(0x0B, 0x12):
        put_code(contract, number.to_bytes(20, "big"), _INVALID)


def verifier_with(precompiles: InProcess, provers: Sequence[str]) -> InProcess:
    """The entry to the provers at these addresses, on the chain of ``precompiles``."""
    return InProcess("OneStepVerifier", list(provers), precompiles.address, beside=precompiles)


@cache
def verifier() -> InProcess:
    """The entry to all provers, one for all tests: it has no state. Steps that run precompiles of Prague are wrong."""
    precompiles = InProcess("PrecompileProver")
    put_younger_precompiles(precompiles)
    addresses = []
    for prover in Prover:
        abi, _ = compile_contract(CONTRACTS[prover])
        takes_precompiles = any(item["type"] == "constructor" and item["inputs"] for item in abi)
        arguments = (precompiles.address,) if takes_precompiles else ()
        addresses.append(InProcess(CONTRACTS[prover], *arguments, beside=precompiles).address)
    return verifier_with(precompiles, addresses)
