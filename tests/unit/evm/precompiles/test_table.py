"""The table of precompiles: addresses, prices that never raise, failures of one kind."""

from __future__ import annotations

from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offchain.evm.exceptions import PrecompileFailure
from offchain.evm.precompiles import MAX_GAS, MAX_INPUT, PRECOMPILES

ADDRESSES = sorted(PRECOMPILES)


def test_the_table_holds_the_precompiles_of_osaka() -> None:
    numbers = [int.from_bytes(address, "big") for address in ADDRESSES]
    assert numbers == [*range(0x01, 0x12), 0x100]
    assert all(len(address) == 20 for address in ADDRESSES)


def test_names_are_unique_and_the_table_is_read_only() -> None:
    assert len({precompile.name for precompile in PRECOMPILES.values()}) == len(PRECOMPILES)
    assert isinstance(PRECOMPILES, MappingProxyType)


def test_the_limits_are_those_of_the_protocol() -> None:
    assert (MAX_INPUT, MAX_GAS) == (65_536, 4_000_000)


# BLAKE2F with 2**32 rounds would run for minutes: the machine's price limit is applied first, here as there.
@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: PRECOMPILES[address].name)
@settings(deadline=None, max_examples=40)
@given(data=st.binary(max_size=500) | st.integers(0, 800).map(bytes) | st.binary(min_size=213, max_size=213))
def test_any_input_has_a_price_and_an_output_or_fails(address: bytes, data: bytes) -> None:
    precompile = PRECOMPILES[address]
    gas = precompile.gas(data)
    assert gas >= 0
    if gas > MAX_GAS:
        return
    try:
        assert type(precompile.run(data)) is bytes
    except PrecompileFailure as failure:
        assert str(failure)


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: PRECOMPILES[address].name)
def test_the_longest_input_has_a_price_at_once(address: bytes) -> None:
    assert PRECOMPILES[address].gas(b"\xff" * MAX_INPUT) >= 0
