"""The genesis file and the chain's configuration: read back as written, each wrong turn one clear line."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from offchain.errors import InputError
from offchain.evm.history import HISTORY_ADDRESS, HISTORY_CODE
from offchain.hashing import keccak
from offchain.node.config import ChainConfig
from offchain.node.genesis import Genesis, read_genesis, write_genesis
from offchain.state.genesis import GenesisAccount
from tests.unit.node.conftest import CONFIG, FRIEND, GENESIS, USER

CODE = b"\x60\x00"
RICH = Genesis(CONFIG, {**GENESIS.accounts, FRIEND: GenesisAccount(5, 1, CODE, {0: 1, 1 << 255: 2})})


def test_a_genesis_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "genesis.json"
    write_genesis(RICH, path)
    assert read_genesis(path) == RICH
    assert read_genesis(path).state_root() == RICH.state_root()


def test_the_account_of_eip_2935_is_there_without_being_named() -> None:
    diff = GENESIS.allocation()
    assert diff.codes[HISTORY_ADDRESS] == keccak(HISTORY_CODE)
    assert diff.accounts[HISTORY_ADDRESS] >> 160 & (1 << 64) - 1 == 1


def test_every_field_of_the_configuration_enters_its_hash() -> None:
    changes: dict[str, Any] = {field.name: getattr(CONFIG, field.name) for field in fields(CONFIG)}
    seen = {CONFIG.hash()}
    for name, value in changes.items():
        other = "prague" if isinstance(value, str) else value + 1
        seen.add(replace(CONFIG, **{name: other}).hash())
    assert len(seen) == len(changes) + 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fork": "prague"}, "fork 'prague' is not 'osaka'"),
        ({"blob_base_fee": 2}, "blob_base_fee is 1 on every chain"),
        ({"chain_id": 0}, "chain_id = 0 is not within"),
        ({"base_fee": -1}, "base_fee = -1 is not within"),
        ({"base_fee": "1"}, "base_fee = '1' has the wrong type"),
        ({"batch_gas_limit": (1 << 24) - 1}, "batch_gas_limit = 16777215 is not within 16777216"),
        ({"batch_gas_limit": 10**9 + 1}, "batch_gas_limit = 1000000001 is not within 16777216 .. 1000000000"),
        ({"batch_interval": 0}, "batch_interval = 0"),
        ({"more": 1}, "it must have exactly the fields"),
    ],
)
def test_a_configuration_out_of_range_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ChainConfig.from_json(CONFIG.to_json() | change)


def account(**entry: Any) -> Callable[[dict[str, Any]], None]:
    """Puts one more account with these fields into the file."""

    def change(content: dict[str, Any]) -> None:
        content["accounts"][f"0x{FRIEND.hex()}"] = entry

    return change


def named(name: str, **entry: Any) -> Callable[[dict[str, Any]], None]:
    return lambda content: content["accounts"].update({name: entry})


HISTORY = f"0x{HISTORY_ADDRESS.hex()}"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content.pop("config"), "exactly the fields config and accounts"),
        (lambda content: content.update(accounts=[]), "accounts must be an object"),
        (named("0x12"), "an address has 20 bytes"),
        (named("alice"), "account alice: the address 'alice' is not bytes in hex"),
        (named(f"0x{USER.hex().upper()}"), "is there twice"),
        (account(balance=str(1 << 160)), "is not below 2.160"),
        (account(balance=-1), "balance -1 is not below"),
        (account(balance=str((1 << 160) - 10**20)), "the balances add up to 2.160 wei or more"),
        (account(balance="much"), "balance 'much' is no number"),
        (account(balance=1.5), "balance 1.5 is no number"),
        (account(nonce=(1 << 64) - 1), "nonce .* is not below"),
        (account(code="60"), "code '60' is not bytes in hex"),
        (account(code="0x" + "00" * 24_577), "code of 24577 bytes"),
        (account(storage={"0x0": "0x1"}), "storage without code or nonce"),
        (account(storage=[]), "storage must be an object"),
        (account(nonce=1, storage={"0x0": hex(1 << 256)}), "a storage key or value is not below"),
        (account(colour="red"), "it may have only the fields"),
        (named("0x" + "00" * 19 + "01", code="0x00"), "a precompile has no code"),
        (named(HISTORY, nonce=1, code="0x00"), "must have the code of EIP-2935"),
    ],
)
def test_a_genesis_that_breaks_a_rule_is_refused_by_name(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], message: str
) -> None:
    content = GENESIS.to_json()
    change(content)
    path = tmp_path / "genesis.json"
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=message) as caught:
        read_genesis(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["", "{", "[" * 100_000, "\udcff"])
def test_a_file_that_is_no_json_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "genesis.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match="is not JSON"):
        read_genesis(path)


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be read: No such file"):
        read_genesis(tmp_path / "genesis.json")
