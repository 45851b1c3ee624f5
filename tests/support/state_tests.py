"""Small state tests of our own, as JSON files, for the tests of the conformance tooling."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from offchain.conformance.case import Account, StateCase
from offchain.conformance.eels import run_on_eels
from offchain.conformance.outcome import logs_hash
from offchain.conformance.state_root import state_root
from offchain.conformance.state_tests import state_cases
from offchain.evm.signing import address_of_key

SECRET = bytes(31) + b"\x07"
SENDER = address_of_key(SECRET)
CONTRACT = bytes.fromhex("c0de" * 10)
COINBASE = bytes.fromhex("ba5e" * 10)

#: SSTORE(1, CALLDATALOAD(0)), then LOG1 of 32 bytes of memory with topic 5.
STORE_AND_LOG = "600035600155" + "600560205fa1" + "00"

ENVIRONMENT = {
    "currentBaseFee": "0x0a",
    "currentCoinbase": "0x" + COINBASE.hex(),
    "currentDifficulty": "0x00",
    "currentExcessBlobGas": "0x00",
    "currentGasLimit": "0x01c9c380",
    "currentNumber": "0x01",
    "currentRandom": "0x2a",
    "currentTimestamp": "0x03e8",
}


def hexadecimal(data: bytes) -> str:
    return "0x" + data.hex()


def account(
    balance: int = 0, nonce: int = 0, code: str = "", storage: dict[str, str] | None = None
) -> dict[str, Any]:
    return {"balance": hex(balance), "nonce": hex(nonce), "code": "0x" + code, "storage": storage or {}}


def state_test(
    *,
    code: str = STORE_AND_LOG,
    data: tuple[str, ...] = ("0x" + "00" * 31 + "07",),
    fork: str = "Osaka",
    extra_pre: dict[str, Any] | None = None,
    **transaction: Any,
) -> dict[str, Any]:
    """A state test whose transaction calls CONTRACT; the expected root and logs are EELS's."""
    fields: dict[str, Any] = {
        "nonce": "0x00",
        "gasPrice": "0x0c",
        "gasLimit": ["0x0186a0"],
        "to": hexadecimal(CONTRACT),
        "value": ["0x01"],
        "data": list(data),
        "secretKey": hexadecimal(SECRET),
        "sender": hexadecimal(SENDER),
        **transaction,
    }
    entries = [
        {"indexes": {"data": index, "gas": 0, "value": 0}, "hash": "0x" + "00" * 32, "logs": "0x" + "00" * 32}
        for index in range(len(data))
    ]
    test: dict[str, Any] = {
        "env": copy.deepcopy(ENVIRONMENT),
        "pre": {
            hexadecimal(SENDER): account(balance=10**18),
            hexadecimal(CONTRACT): account(nonce=1, code=code, storage={"0x01": "0x03", "0x02": "0x00"}),
            **(extra_pre or {}),
        },
        "transaction": {name: value for name, value in fields.items() if value is not None},
        "post": {fork: entries},
    }
    for entry, case in zip(entries, cases_of(test, fork), strict=True):
        outcome = run_on_eels(case)
        entry["hash"] = hexadecimal(state_root(outcome.post))
        entry["logs"] = hexadecimal(logs_hash(outcome.logs))
        if outcome.status == "rejected":
            entry["expectException"] = "TransactionException.SOMETHING"
    return test


def cases_of(test: dict[str, Any], fork: str = "Osaka") -> list[StateCase]:
    return list(state_cases("own.json", "own", test, (fork,)))


def write(path: Path, **tests: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(tests))
    return path


def changed(post: dict[bytes, Account], address: bytes, **fields: Any) -> dict[bytes, Account]:
    """The state with some fields of one account replaced."""
    before = post[address]
    values = {
        "nonce": before.nonce,
        "balance": before.balance,
        "code": before.code,
        "storage": before.storage,
    }
    return {**post, address: Account(**{**values, **fields})}
