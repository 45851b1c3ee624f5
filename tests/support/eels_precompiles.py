"""EELS as the oracle of a single precompile call."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ethereum.exceptions import EthereumException
from ethereum.forks.osaka.vm.precompiled_contracts.mapping import PRE_COMPILED_CONTRACTS
from ethereum_types.numeric import Uint

from offchain.evm.exceptions import PrecompileFailure
from offchain.evm.precompiles import PRECOMPILES

PLENTY = 1 << 60


def address(number: int) -> bytes:
    return number.to_bytes(20, "big")


def run_eels(number: int, data: bytes) -> tuple[int, bytes] | None:
    """(gas used, output), None if the call fails."""
    evm = SimpleNamespace(message=SimpleNamespace(data=data), gas_left=Uint(PLENTY), output=b"")
    contract = {bytes(key): value for key, value in PRE_COMPILED_CONTRACTS.items()}[address(number)]
    try:
        contract(evm)
    except EthereumException:
        return None
    return PLENTY - int(evm.gas_left), bytes(evm.output)


def assert_as_eels(number: int, data: bytes) -> tuple[int, bytes] | None:
    """Runs both, asserts that they agree, and hands on what they gave."""
    expected = run_eels(number, data)
    precompile = PRECOMPILES[address(number)]
    gas = precompile.gas(data)
    assert gas >= 0
    if expected is None:
        with pytest.raises(PrecompileFailure):
            precompile.run(data)
    else:
        assert (gas, precompile.run(data)) == expected
    return expected
