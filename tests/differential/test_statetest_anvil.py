"""Our machine against anvil, an EVM that shares no code with the specification.

A sample of the official cases; `make conformance` takes all of them (tools/conformance.sh).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from offchain.conformance.anvil import find_anvil
from offchain.conformance.case import StateCase
from offchain.conformance.crosscheck import SENDER_WITH_CODE, AnvilOracle
from offchain.conformance.eels import run_on_eels
from offchain.conformance.machine import machine
from offchain.conformance.outcome import Outcome
from offchain.conformance.report import tally
from offchain.errors import NetworkError
from tests.support.official import errors_of, official_fixtures, run_official
from tests.support.state_tests import CONTRACT, SENDER, account, cases_of, changed, state_test

# SSTORE(0, PREVRANDAO); SSTORE(1, BLOCKHASH(0)); SSTORE(2, NUMBER); SSTORE(3, TIMESTAMP); SSTORE(4, BASEFEE);
# SSTORE(5, COINBASE); SSTORE(6, GASLIMIT); SSTORE(7, BLOBBASEFEE); SSTORE(8, CHAINID)
ENVIRONMENT_TO_STORAGE = (
    "445f55"
    + "5f40600155"
    + "43600255"
    + "42600355"
    + "48600455"
    + "41600555"
    + "45600655"
    + "4a600755"
    + "46600855"
)


@pytest.fixture(scope="module")
def oracle() -> Iterator[AnvilOracle]:
    try:
        find_anvil()
    except NetworkError as error:
        pytest.skip(f"anvil absent: {error}")
    with AnvilOracle() as started:
        yield started


def only_case(**arguments: object) -> StateCase:
    (case,) = cases_of(state_test(**arguments))  # type: ignore[arg-type]
    return case


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"code": "5f5ffd"},
        {"code": "fe"},
        {"code": ENVIRONMENT_TO_STORAGE, "gasLimit": ["0x0f4240"]},
        {"nonce": "0x05"},
        {"gasLimit": ["0x5208"]},
        {"gasLimit": [hex(2**24 + 1)]},
        {"gasPrice": "0x09"},
        {"to": None, "data": ("0x5f5f5500",)},
    ],
    ids=["call", "revert", "halt", "environment", "nonce", "intrinsic", "cap", "price", "create"],
)
def test_our_machine_agrees_with_anvil(oracle: AnvilOracle, arguments: dict[str, object]) -> None:
    result = oracle.check(only_case(**arguments), machine("interpreter"), 60)
    assert result.error is None
    assert result.passed


def test_cases_do_not_see_each_other(oracle: AnvilOracle) -> None:
    first = only_case(extra_pre={"0x" + "dd" * 20: account(balance=7, storage={"0x01": "0x02"})})
    for case in (first, only_case(), first):
        assert oracle.check(case, machine("interpreter"), 60).passed


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"gas_used": 1}, "gas used"),
        ({"logs": ()}, "logs"),
        ({"status": "failure"}, "status"),
    ],
)
def test_a_wrong_receipt_is_found(oracle: AnvilOracle, fields: dict[str, object], word: str) -> None:
    result = oracle.check(only_case(), lambda case: replace(run_on_eels(case), **fields), 60)  # type: ignore[arg-type]
    assert word in (result.error or "")


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"storage": {}}, "slot"),
        ({"balance": 77}, "balance"),
        ({"code": b""}, "code"),
        ({"nonce": 5}, "nonce"),
    ],
)
def test_a_wrong_state_is_found(oracle: AnvilOracle, fields: dict[str, object], word: str) -> None:
    def wrong(case: StateCase) -> Outcome:
        outcome = run_on_eels(case)
        return replace(outcome, post=changed(dict(outcome.post), CONTRACT, **fields))

    assert word in (oracle.check(only_case(), wrong, 60).error or "")


def test_a_write_that_we_forget_is_found(oracle: AnvilOracle) -> None:
    """The trace of anvil names slots that neither the state before nor our result does."""

    def forgetful(case: StateCase) -> Outcome:
        outcome = run_on_eels(case)
        return replace(outcome, post=changed(dict(outcome.post), CONTRACT, storage={1: 3}))

    result = oracle.check(only_case(code="6009600955"), forgetful, 60)
    assert "slot 0x9" in (result.error or "")


def test_a_sender_with_code_is_counted_apart(oracle: AnvilOracle) -> None:
    case = only_case(extra_pre={"0x" + SENDER.hex(): account(balance=10**18, code="00")})
    assert oracle.check(case, machine("interpreter"), 60).skipped == SENDER_WITH_CODE


def test_a_sample_of_osaka_cases_agrees_with_anvil(oracle: AnvilOracle) -> None:
    del oracle  # only for its skip
    results = run_official(official_fixtures() / "eest", anvil=True, sample=0.2)
    assert errors_of(results) == []
    assert tally(results).passed > 200
