"""A case passes only if the machine did everything as expected; every way to be wrong is told as such."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from offchain.conformance.call_tests import call_case
from offchain.conformance.case import StateCase
from offchain.conformance.checks import CaseResult, check_against_eels, check_against_root
from offchain.conformance.eels import run_on_eels
from offchain.conformance.outcome import Outcome
from offchain.conformance.skips import (
    BLOB_TRANSACTION,
    ITEM_TOO_LARGE,
    LARGE_BALANCE,
    PRECOMPILE_LIMIT,
    STORAGE_WITHOUT_CODE,
)
from offchain.conformance.transaction_tests import OSAKA_CHANGED, check_transaction_test
from offchain.conformance.verdicts import VerdictStore
from offchain.hashing import keccak
from tests.support.state_tests import CONTRACT, SENDER, account, cases_of, changed, state_test

Machine = Callable[[StateCase], Outcome]

# CREATE(0, 0, 0); STOP
CREATE_NOTHING = "5f5f5ff000"


def wrong(**fields: Any) -> Machine:
    """EELS, but with some fields of its outcome replaced."""
    return lambda case: replace(run_on_eels(case), **fields)


def with_contract(**fields: Any) -> Machine:
    """EELS, but with some fields of CONTRACT after the transaction replaced."""

    def run(case: StateCase) -> Outcome:
        outcome = run_on_eels(case)
        return replace(outcome, post=changed(dict(outcome.post), CONTRACT, **fields))

    return run


def raising(_case: StateCase) -> Outcome:
    raise RuntimeError("on purpose")


def endless(_case: StateCase) -> Outcome:
    while True:
        pass


def root_check(test: dict[str, Any], machine: Machine = run_on_eels, limit: float = 60) -> CaseResult:
    (case,) = cases_of(test)
    return check_against_root(case, machine, limit)


@pytest.fixture
def verdicts(tmp_path: Path) -> Any:
    store = VerdictStore(tmp_path, limit=60)
    yield store
    store.close()


MISTAKES = [
    (wrong(logs=()), "logs"),
    (with_contract(storage={}), "root|slot"),
    (with_contract(balance=77), "root|balance"),
    (with_contract(code=b""), "root|code"),
    (wrong(status="rejected", reason="on purpose"), "rejected"),
    (raising, "raised RuntimeError: on purpose"),
]


def test_the_right_outcome_passes_with_its_root() -> None:
    test = state_test()
    result = root_check(test)
    assert result.passed
    assert result.state_root is not None
    assert "0x" + result.state_root.hex() == test["post"]["Osaka"][0]["hash"]


@pytest.mark.parametrize(("machine", "word"), MISTAKES)
def test_a_wrong_machine_fails_by_root(machine: Machine, word: str) -> None:
    result = root_check(state_test(), machine)
    assert not result.passed
    assert result.skipped is None
    assert result.error is not None
    assert any(part in result.error for part in word.split("|"))


@pytest.mark.parametrize(
    ("machine", "word"), [*MISTAKES, (wrong(gas_used=1), "gas used"), (wrong(status="failure"), "status")]
)
def test_a_wrong_machine_fails_by_eels(machine: Machine, word: str, verdicts: VerdictStore) -> None:
    (case,) = cases_of(state_test(fork="Cancun"), "Cancun")
    result = check_against_eels(case, machine, verdicts, 60)
    assert not result.passed
    assert result.error is not None
    assert any(part in result.error for part in word.split("|"))


def test_the_right_outcome_passes_by_eels(verdicts: VerdictStore) -> None:
    (case,) = cases_of(state_test(fork="Cancun"), "Cancun")
    assert check_against_eels(case, run_on_eels, verdicts, 60).passed


def test_a_machine_that_does_not_end_fails() -> None:
    result = root_check(state_test(), endless, limit=0.01)
    assert result.error == "our machine needs more than 0.01 s"


@pytest.mark.parametrize("field", ["hash", "logs"])
def test_a_wrong_expectation_fails(field: str) -> None:
    test = state_test()
    test["post"]["Osaka"][0][field] = "0x" + "11" * 32
    result = root_check(test)
    assert not result.passed
    assert "mismatch" in (result.error or "")


def test_a_transaction_that_must_be_refused_passes_only_refused() -> None:
    test = state_test(nonce="0x05")
    result = root_check(test)
    assert result.passed
    assert result.rejected
    del test["post"]["Osaka"][0]["expectException"]
    assert "but must be accepted" in (root_check(test).error or "")
    test = state_test()
    test["post"]["Osaka"][0]["expectException"] = "TransactionException.SOMETHING"
    assert root_check(test).error == "accepted, but must be rejected with TransactionException.SOMETHING"


def test_what_deltaroll_declares_impossible_is_skipped_by_name() -> None:
    rich = {"0x" + "aa" * 20: account(balance=2**160)}
    assert root_check(state_test(extra_pre=rich), raising).skipped == LARGE_BALANCE
    halves = {"0x" + digit * 40: account(balance=2**159) for digit in "ab"}
    assert root_check(state_test(extra_pre=halves), raising).skipped == LARGE_BALANCE, "the sum counts"
    (case,) = cases_of(state_test())
    assert check_against_root(replace(case, raw=b"\x03\xc0"), raising, 60).skipped == BLOB_TRANSACTION
    assert check_against_root(replace(case, raw=bytes(98_305)), raising, 60).skipped == ITEM_TOO_LARGE
    assert check_against_root(replace(case, raw=bytes(98_304)), raising, 60).skipped is None


def test_a_creation_at_storage_without_code_is_skipped_and_nothing_else_is() -> None:
    (case,) = cases_of(state_test(code=CREATE_NOTHING))
    (made,) = run_on_eels(case).post.keys() - case.pre.keys() - {case.environment.coinbase}
    hit = state_test(
        code=CREATE_NOTHING, extra_pre={"0x" + made.hex(): account(balance=1, storage={"0x01": "0x01"})}
    )
    assert root_check(hit).skipped == STORAGE_WITHOUT_CODE
    beside = state_test(
        code=CREATE_NOTHING, extra_pre={"0x" + "dd" * 20: account(balance=1, storage={"0x01": "0x01"})}
    )
    assert root_check(beside).passed
    assert root_check(beside, wrong(logs=((SENDER, (), b""),))).error is not None


# CALL(gas, SHA-256, 0, 0, size, 0, 0); POP; STOP
def sha256_of(size: int) -> str:
    return "5f5f" + f"62{size:06x}" + "5f5f60025af15000"


def test_a_precompile_above_the_limit_excuses_only_a_case_that_disagrees() -> None:
    above, below = (state_test(code=sha256_of(size), gasLimit=["0x0f4240"]) for size in (65_537, 65_536))
    assert root_check(above, with_contract(storage={})).skipped == PRECOMPILE_LIMIT
    assert root_check(above).passed
    assert root_check(below, with_contract(storage={})).error is not None


def test_a_single_call_becomes_a_transaction() -> None:
    test = {
        "env": {name: value for name, value in state_test()["env"].items() if "Fee" not in name},
        "pre": {"0x" + CONTRACT.hex(): account(balance=5, code="00")},
        "exec": {
            "address": "0x" + CONTRACT.hex(),
            "code": "0x60ff5f55",
            "data": "0x",
            "value": "0x03",
        },
    }
    outcome = run_on_eels(call_case("own.json", "own", test))
    assert outcome.status == "success"
    assert outcome.post[CONTRACT].storage == {0: 255}
    assert outcome.post[CONTRACT].balance == 8


def transaction_test(**expected: str) -> dict[str, Any]:
    (case,) = cases_of(state_test())
    return {
        "txbytes": "0x" + case.raw.hex(),
        "result": {"Cancun": {"intrinsicGas": hex(21_000 + 31 * 4 + 16), **expected}},
    }


def test_a_transaction_test_compares_sender_hash_and_gas() -> None:
    (case,) = cases_of(state_test())
    sender, good = "0x" + SENDER.hex(), "0x" + keccak(case.raw).hex()
    test = transaction_test(sender=sender, hash=good)
    assert check_transaction_test("x", "own", test, run_on_eels).passed
    for field, value in (("sender", "0x" + "11" * 20), ("hash", "0x" + "11" * 32), ("intrinsicGas", "0x01")):
        spoiled = {**test, "result": {"Cancun": {**test["result"]["Cancun"], field: value}}}
        assert not check_transaction_test("x", "own", spoiled, run_on_eels).passed


def test_a_transaction_test_that_must_fail_has_to_fail() -> None:
    bad = {"txbytes": "0xc0", "result": {"Cancun": {"exception": "TransactionException.X"}}}
    assert check_transaction_test("x", "own", bad, run_on_eels).rejected
    good = transaction_test(exception="TransactionException.X")
    assert "must be rejected" in (check_transaction_test("x", "own", good, run_on_eels).error or "")


def test_a_rule_that_osaka_changed_is_counted_apart() -> None:
    (case,) = cases_of(state_test(gasLimit=[hex(2**24 + 1)]))
    test = {
        "txbytes": "0x" + case.raw.hex(),
        "result": {"Cancun": {"sender": "0x" + SENDER.hex(), "hash": "0x00", "intrinsicGas": "0x5208"}},
    }
    assert check_transaction_test("x", "own", test, run_on_eels).skipped == OSAKA_CHANGED
