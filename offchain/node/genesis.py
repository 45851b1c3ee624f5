"""The genesis file: the chain's configuration and the accounts of its first state, as JSON.

    {"config": {"chain_id": 26, ...},
     "accounts": {"0x<address>": {"balance": "1000", "nonce": 0, "code": "0x..", "storage": {"0x0": "0x1"}}}}

Balances and nonces are integers or decimal or 0x strings; storage keys and values likewise.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from offchain.errors import InputError
from offchain.json_text import parse_json
from offchain.node.config import ChainConfig
from offchain.state.diff import Diff
from offchain.state.genesis import GenesisAccount, allocation
from offchain.trees.sparse_merkle_tree import root_of

__all__ = ["Genesis", "read_genesis", "write_genesis"]

_NUMBERS_END: Final = 1 << 1024
"""Longer numbers may be too long to be shown in decimal. The rules of the state are tighter by far."""

_FIELDS: Final = frozenset({"balance", "nonce", "code", "storage"})


@dataclass(frozen=True, slots=True)
class Genesis:
    """What order 0 stands for. ``accounts`` is by 20-byte address, without the account of EIP-2935."""

    config: ChainConfig
    accounts: Mapping[bytes, GenesisAccount] = field(default_factory=dict)

    def allocation(self) -> Diff:
        """S_0 as a diff from the empty state; `InputError` where an invariant of the state fails."""
        self.config.check()
        return allocation(self.accounts)

    def state_root(self) -> bytes:
        """h(S_0), 32 bytes."""
        return root_of(self.allocation().leaves())

    def to_json(self) -> dict[str, Any]:
        """The content of a genesis file."""
        return {
            "config": self.config.to_json(),
            "accounts": {
                f"0x{address.hex()}": {
                    "balance": str(account.balance),
                    "nonce": account.nonce,
                    "code": f"0x{account.code.hex()}",
                    "storage": {hex(key): hex(value) for key, value in account.storage.items()},
                }
                for address, account in self.accounts.items()
            },
        }

    @classmethod
    def from_json(cls, value: object) -> Genesis:
        """The inverse of `to_json`; `InputError` names the account that is no good."""
        if not isinstance(value, Mapping) or value.keys() != {"config", "accounts"}:
            raise InputError("genesis: it must have exactly the fields config and accounts")
        entries = value["accounts"]
        if not isinstance(entries, Mapping):
            raise InputError("genesis: accounts must be an object")
        accounts: dict[bytes, GenesisAccount] = {}
        for name, entry in entries.items():
            address = _bytes(name, f"genesis: account {name}: the address")
            if address in accounts:
                raise InputError(f"genesis: account {name} is there twice")
            accounts[address] = _account(str(name), entry)
        genesis = cls(ChainConfig.from_json(value["config"]), accounts)
        genesis.allocation()
        return genesis


def read_genesis(path: Path) -> Genesis:
    """The genesis in a file; `InputError` where it is absent, no JSON, or breaks a rule."""
    try:
        value = parse_json(path.read_text())
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path} is not JSON: {error}") from error
    try:
        return Genesis.from_json(value)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def write_genesis(genesis: Genesis, path: Path) -> None:
    """Writes the file; `InputError` where the disk does not take it."""
    try:
        path.write_text(json.dumps(genesis.to_json(), indent=2) + "\n")
    except OSError as error:
        raise InputError(f"{path} can't be written: {error.strerror}") from error


def _account(name: str, entry: object) -> GenesisAccount:
    where = f"genesis: account {name}"
    if not isinstance(entry, Mapping) or not entry.keys() <= _FIELDS:
        raise InputError(f"{where}: it may have only the fields {sorted(_FIELDS)}")
    storage = entry.get("storage", {})
    if not isinstance(storage, Mapping):
        raise InputError(f"{where}: storage must be an object")
    return GenesisAccount(
        balance=_integer(entry.get("balance", 0), f"{where}: balance"),
        nonce=_integer(entry.get("nonce", 0), f"{where}: nonce"),
        code=_bytes(entry.get("code", "0x"), f"{where}: code"),
        storage={
            _integer(key, f"{where}: a storage key"): _integer(item, f"{where}: a storage value")
            for key, item in storage.items()
        },
    )


def _integer(value: object, what: str) -> int:
    if type(value) is int and abs(value) < _NUMBERS_END:
        return value
    if isinstance(value, str):
        try:
            number = int(value, 16 if value.startswith("0x") else 10)
        except ValueError:
            pass
        else:
            if abs(number) < _NUMBERS_END:
                return number
    raise InputError(f"{what} {value!r} is no number, or far too large a one")


def _bytes(value: object, what: str) -> bytes:
    if isinstance(value, str) and value.startswith("0x"):
        try:
            return bytes.fromhex(value[2:])
        except ValueError:
            pass
    raise InputError(f"{what} {value!r} is not bytes in hex")
