"""State tests in the format of ethereum/tests (GeneralStateTests) and of EEST, as `StateCase`s.

A test holds ``env``, ``pre``, ``transaction`` and ``post``; ``post`` maps a fork to entries, each with the
indexes of its data, gas limit and value in ``transaction``, and mostly with the signed transaction itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from offchain.conformance.case import Account, BlockEnvironment, StateCase
from offchain.conformance.fields import read_address, read_bytes, read_int, read_mapping, require
from offchain.conformance.signing import signed_transaction
from offchain.errors import FixtureError

__all__ = ["FORK_ORDER", "is_state_test", "newest_fork", "read_environment", "read_pre", "state_cases"]

#: Forks from old to new, by the names that fixtures use.
FORK_ORDER = (
    "Frontier",
    "Homestead",
    "EIP150",
    "EIP158",
    "Byzantium",
    "Constantinople",
    "ConstantinopleFix",
    "Istanbul",
    "Berlin",
    "London",
    "Merge",
    "Paris",
    "Shanghai",
    "Cancun",
    "Prague",
    "Osaka",
)


def is_state_test(test: Any) -> bool:
    """Whether a test is of this format; others (blocks, tries, single calls) have other fields."""
    return isinstance(test, dict) and {"env", "pre", "transaction", "post"} <= test.keys()


def newest_fork(forks: Mapping[str, Any]) -> str | None:
    """The newest fork among the names, None if none is known."""
    known = [name for name in FORK_ORDER if name in forks]
    return known[-1] if known else None


def read_environment(where: str, env: Mapping[str, Any], chain_id: int) -> BlockEnvironment:
    """The block environment; fields that older tests lack are zero."""
    randao = read_int(f"{where}: env.currentRandom", env.get("currentRandom", "0x00"))
    return BlockEnvironment(
        number=read_int(f"{where}: env.currentNumber", require(where, env, "currentNumber")),
        timestamp=read_int(f"{where}: env.currentTimestamp", require(where, env, "currentTimestamp")),
        prevrandao=randao.to_bytes(32, "big"),
        coinbase=read_address(f"{where}: env.currentCoinbase", require(where, env, "currentCoinbase")),
        gas_limit=read_int(f"{where}: env.currentGasLimit", require(where, env, "currentGasLimit")),
        base_fee=read_int(f"{where}: env.currentBaseFee", env.get("currentBaseFee", "0x00")),
        excess_blob_gas=read_int(
            f"{where}: env.currentExcessBlobGas", env.get("currentExcessBlobGas", "0x00")
        ),
        chain_id=chain_id,
    )


def read_pre(where: str, pre: Mapping[str, Any]) -> dict[bytes, Account]:
    """The accounts before the transaction; storage words of zero are left out."""
    accounts: dict[bytes, Account] = {}
    for text, fields in pre.items():
        place = f"{where}: account {text}"
        account = read_mapping(place, fields)
        storage = read_mapping(place, account.get("storage", {}))
        words = ((read_int(place, key), read_int(place, value)) for key, value in storage.items())
        accounts[read_address(place, text)] = Account(
            nonce=read_int(place, account.get("nonce", "0x00")),
            balance=read_int(place, account.get("balance", "0x00")),
            code=read_bytes(place, account.get("code", "0x")),
            storage={key: value for key, value in words if value},
        )
    return accounts


def state_cases(path: str, name: str, test: Mapping[str, Any], forks: tuple[str, ...]) -> Iterator[StateCase]:
    """The cases of one test for the given forks, in the order of the file."""
    where = f"{path}: {name}"
    post = read_mapping(where, require(where, test, "post"))
    wanted = [fork for fork in post if fork in forks]
    if not wanted:
        return
    config = read_mapping(where, test.get("config", {}))
    chain_id = read_int(f"{where}: config.chainid", config.get("chainid", "0x01"))
    environment = read_environment(where, read_mapping(where, test["env"]), chain_id)
    pre = read_pre(where, read_mapping(where, test["pre"]))
    transaction = read_mapping(where, test["transaction"])
    executed = json.dumps([test["env"], test["pre"], chain_id], sort_keys=True, separators=(",", ":"))
    test_hash = hashlib.sha256(executed.encode()).digest()
    for fork in wanted:
        entries = post[fork]
        if not isinstance(entries, list):
            raise FixtureError(f"{where}: post[{fork!r}] is not a list")
        for entry in entries:
            fields = read_mapping(where, entry)
            indexes = read_mapping(where, require(where, fields, "indexes"))
            if "txbytes" in fields:
                raw = read_bytes(f"{where}: txbytes", fields["txbytes"])
            else:
                raw = signed_transaction(where, transaction, indexes, chain_id)
            yield StateCase(
                path=path,
                name=name if len(entries) == 1 else f"{name}[{_index_label(indexes)}]",
                fork=fork,
                environment=environment,
                pre=pre,
                raw=raw,
                expected_root=read_bytes(f"{where}: hash", require(where, fields, "hash")),
                expected_logs=read_bytes(f"{where}: logs", require(where, fields, "logs")),
                expected_exception=fields.get("expectException") or None,
                test_hash=test_hash,
            )


def _index_label(indexes: Mapping[str, Any]) -> str:
    return "d{data}g{gas}v{value}".format_map({"data": 0, "gas": 0, "value": 0} | dict(indexes))
