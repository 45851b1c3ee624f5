"""The official transaction tests: same verdict, hash, sender and intrinsic gas, where Osaka kept the rule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from offchain.conformance.fixtures import find_fixtures, read_tests
from offchain.errors import FixtureError
from offchain.evm.exceptions import InvalidTransaction
from offchain.evm.reason import Reason
from offchain.evm.transaction import decode_transaction

MAINNET = 1
#: Newest first; the entry of the newest fork that a file has is the one to compare with.
FORKS = ["Osaka", "Prague", "Cancun", "Shanghai", "Paris", "London", "Berlin"]
#: Rules younger than Cancun: what they refuse, an older fork may take.
NEW_RULES = {Reason.GAS_LIMIT_OVER_CAP: "EIP-7825", Reason.FLOOR_GAS: "EIP-7623"}


def cases() -> list[Any]:
    try:
        folder = find_fixtures() / "ethereum-tests" / "TransactionTests"
    except FixtureError as error:
        return [pytest.param(None, {}, marks=pytest.mark.skip(reason=f"fixtures absent: {error}"))]
    found = [(path, name, test) for path in sorted(folder.rglob("*.json")) for name, test in read_tests(path)]
    return [pytest.param(path, test, id=f"{path.parent.name}/{name}") for path, name, test in found]


@pytest.mark.parametrize(("path", "test"), cases())
def test_official_transaction_test(path: Path, test: dict[str, Any]) -> None:
    expected = next(test["result"][fork] for fork in FORKS if fork in test["result"])
    raw = bytes.fromhex(test["txbytes"].removeprefix("0x"))
    try:
        transaction = decode_transaction(raw, MAINNET)
    except InvalidTransaction as invalid:
        if "exception" not in expected and invalid.reason in NEW_RULES:
            pytest.skip(f"Osaka changed the rule: {NEW_RULES[Reason(invalid.reason)]}")
        assert "exception" in expected, invalid
        return
    assert "exception" not in expected
    assert transaction.hash == bytes.fromhex(expected["hash"].removeprefix("0x"))
    assert transaction.sender == bytes.fromhex(expected["sender"].removeprefix("0x"))
    assert transaction.intrinsic_gas == int(expected["intrinsicGas"], 16)
