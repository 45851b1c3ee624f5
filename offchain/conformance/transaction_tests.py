"""Official transaction tests: raw bytes that must be refused, or decode to a known sender, hash and gas.

They carry results for forks up to Cancun. Where Osaka changed the rule (the floor of EIP-7623, the cap of
EIP-7825) the specification's Osaka says so, and the case is counted apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from offchain.conformance.case import EMPTY_LOGS_HASH, Account, BlockEnvironment, StateCase
from offchain.conformance.checks import CaseResult
from offchain.conformance.eels import run_on_eels
from offchain.conformance.fields import read_address, read_bytes, read_int, read_mapping, require
from offchain.conformance.machine import Machine
from offchain.conformance.outcome import REJECTED
from offchain.conformance.state_tests import newest_fork
from offchain.errors import FixtureError
from offchain.evm.exceptions import InvalidTransaction
from offchain.evm.transaction import Transaction, decode_transaction

__all__ = ["OSAKA_CHANGED", "check_transaction_test"]

OSAKA_CHANGED: Final = "Osaka changed the rule of a transaction test"

FUNDS: Final = 1 << 159
_CHANGED_RULES = ("TransactionGasLimitExceededError", "InsufficientTransactionGasError")


def check_transaction_test(path: str, name: str, test: Mapping[str, Any], machine: Machine) -> CaseResult:
    """Judge one test by the result of its newest fork."""
    where = f"{path}: {name}"
    results = read_mapping(where, test["result"])
    fork = newest_fork(results)
    if fork is None:
        raise FixtureError(f"{where}: no result for a fork that we know")
    expected = read_mapping(where, results[fork])
    raw = read_bytes(f"{where}: txbytes", test["txbytes"])
    transaction, reason = _decode(raw)
    if "exception" in expected:
        # What decoding can't see (a price that no balance pays) the execution has to refuse.
        accepted = transaction is not None and machine(_funded(path, name, transaction)).status != REJECTED
        error = f"accepted, but must be rejected with {expected['exception']}" if accepted else None
        return CaseResult(path, name, fork, not accepted, error=error, rejected=not accepted)
    sender = read_address(f"{where}: sender", require(where, expected, "sender"))
    if transaction is None:
        verdict = run_on_eels(_case(path, name, raw, sender, nonce=0))
        if verdict.reason.startswith(_CHANGED_RULES):
            return CaseResult(path, name, fork, False, skipped=OSAKA_CHANGED)
        return CaseResult(path, name, fork, False, error=f"rejected ({reason}), but must be accepted")
    wrong = [
        f"{field}: ours {have}, expected {want}"
        for field, have, want in (
            ("sender", transaction.sender.hex(), sender.hex()),
            ("hash", transaction.hash.hex(), read_bytes(where, require(where, expected, "hash")).hex()),
            (
                "intrinsic gas",
                transaction.intrinsic_gas,
                read_int(where, require(where, expected, "intrinsicGas")),
            ),
        )
        if have != want
    ]
    return CaseResult(path, name, fork, not wrong, error="; ".join(wrong) or None)


def _decode(raw: bytes) -> tuple[Transaction | None, str]:
    try:
        return decode_transaction(raw, 1), ""
    except InvalidTransaction as error:
        return None, str(error)


def _funded(path: str, name: str, transaction: Transaction) -> StateCase:
    return _case(path, name, transaction.raw, transaction.sender, transaction.nonce)


def _case(path: str, name: str, raw: bytes, sender: bytes, nonce: int) -> StateCase:
    """The transaction alone in a block without a base fee, its sender as rich as Deltaroll allows."""
    environment = BlockEnvironment(
        number=1,
        timestamp=1000,
        prevrandao=bytes(32),
        coinbase=bytes(20),
        gas_limit=1 << 62,
        base_fee=0,
        excess_blob_gas=0,
        chain_id=1,
    )
    return StateCase(
        path=path,
        name=name,
        fork="Osaka",
        environment=environment,
        pre={sender: Account(nonce, FUNDS, b"")},
        raw=raw,
        expected_root=bytes(32),
        expected_logs=EMPTY_LOGS_HASH,
        expected_exception=None,
        test_hash=bytes(32),
    )
