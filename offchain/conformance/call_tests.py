"""VMTests of legacytests: one call without a transaction, made into a state test.

What the old format expects follows gas rules that are long gone; the code is of use still. The call becomes
a transaction of a sender of our own, and EELS says what comes out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from offchain.conformance.case import EMPTY_LOGS_HASH, Account, StateCase
from offchain.conformance.fields import read_address, read_bytes, read_int, read_mapping, require
from offchain.conformance.signing import signed_transaction
from offchain.conformance.state_tests import read_environment, read_pre
from offchain.evm.signing import address_of_key

__all__ = ["CALL_FORK", "call_case"]

CALL_FORK = "Constantinople"
GAS_LIMIT = 1 << 22
GAS_PRICE = 10
_SECRET = hashlib.sha256(b"deltaroll conformance: the sender of call tests").digest()


def call_case(path: str, name: str, test: Mapping[str, Any]) -> StateCase:
    """The case: a legacy transaction with the call's data and value, and gas enough for Osaka's prices."""
    where = f"{path}: {name}"
    call = read_mapping(where, test["exec"])
    target = read_address(f"{where}: exec.address", require(where, call, "address"))
    code = read_bytes(f"{where}: exec.code", require(where, call, "code"))
    value = read_int(f"{where}: exec.value", require(where, call, "value"))
    environment = read_environment(where, read_mapping(where, test["env"]), chain_id=1)
    pre = read_pre(where, read_mapping(where, test["pre"]))
    before = pre.get(target, Account(0, 0, b""))
    pre[target] = Account(before.nonce, before.balance, code, before.storage)
    pre[address_of_key(_SECRET)] = Account(0, GAS_LIMIT * GAS_PRICE + value, b"")
    fields = {
        "secretKey": _SECRET.hex(),
        "nonce": 0,
        "gasPrice": GAS_PRICE,
        "gasLimit": [GAS_LIMIT],
        "to": "0x" + target.hex(),
        "value": [value],
        "data": [require(where, call, "data")],
    }
    raw = signed_transaction(where, fields, {"data": 0, "gas": 0, "value": 0}, chain_id=1)
    return StateCase(
        path=path,
        name=name,
        fork=CALL_FORK,
        environment=environment,
        pre=pre,
        raw=raw,
        expected_root=bytes(32),
        expected_logs=EMPTY_LOGS_HASH,
        expected_exception=None,
        test_hash=hashlib.sha256(repr((environment, sorted(pre.items()))).encode()).digest(),
    )
