"""The raw transaction of an entry that gives only fields and a secret key.

Hand-made and very old fixtures lack ``txbytes``. Signatures are deterministic (RFC 6979), as in the official
fillers, and always carry the chain id. Blob transactions are made too, and the RLP is a library's: what the
machine reads was not written by its own hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import rlp

from offchain.conformance.fields import read_bytes, read_int, read_mapping, require
from offchain.errors import FixtureError
from offchain.evm.signing import sign_digest
from offchain.hashing import keccak

__all__ = ["signed_transaction"]


def signed_transaction(
    where: str, transaction: Mapping[str, Any], indexes: Mapping[str, Any], chain_id: int
) -> bytes:
    """The EIP-2718 bytes of the transaction with the data, gas limit and value that ``indexes`` picks.

    Raises FixtureError where a field is absent, malformed, or out of an index.
    """
    secret = read_bytes(f"{where}: secretKey", require(where, transaction, "secretKey"))
    if len(secret) != 32:
        raise FixtureError(f"{where}: secretKey has {len(secret)} bytes, not 32")

    def number(name: str) -> int:
        return read_int(f"{where}: transaction.{name}", require(where, transaction, name))

    data = read_bytes(f"{where}: data", _pick(where, transaction, "data", indexes))
    to = read_bytes(f"{where}: to", transaction.get("to") or "0x")
    gas = read_int(f"{where}: gasLimit", _pick(where, transaction, "gasLimit", indexes, "gas"))
    value = read_int(f"{where}: value", _pick(where, transaction, "value", indexes))
    access_lists = transaction.get("accessLists")
    access_list = _pick(where, transaction, "accessLists", indexes, "data") if access_lists else None
    nonce = number("nonce")

    if "maxFeePerGas" not in transaction and access_list is None:
        body: list[Any] = [nonce, number("gasPrice"), gas, to, value, data]
        parity, r, s = sign_digest(keccak(rlp.encode([*body, chain_id, b"", b""])), secret)
        return bytes(rlp.encode([*body, chain_id * 2 + 35 + parity, r, s]))

    accesses = _access_list(where, access_list or [])
    if "maxFeePerGas" not in transaction:
        kind, body = 1, [chain_id, nonce, number("gasPrice"), gas, to, value, data, accesses]
    else:
        fees = [number("maxPriorityFeePerGas"), number("maxFeePerGas")]
        kind, body = 2, [chain_id, nonce, *fees, gas, to, value, data, accesses]
        if "authorizationList" in transaction:
            kind = 4
            body.append([_authorization(where, item) for item in transaction["authorizationList"]])
        elif "blobVersionedHashes" in transaction:
            kind = 3
            hashes = [read_bytes(where, item) for item in transaction["blobVersionedHashes"]]
            body += [number("maxFeePerBlobGas"), hashes]
    head = bytes([kind])
    signature = sign_digest(keccak(head + rlp.encode(body)), secret)
    return head + bytes(rlp.encode([*body, *signature]))


def _pick(
    where: str,
    transaction: Mapping[str, Any],
    name: str,
    indexes: Mapping[str, Any],
    index: str | None = None,
) -> Any:
    choices = require(where, transaction, name)
    position = indexes.get(index or name, 0)
    if not isinstance(choices, Sequence) or not isinstance(position, int) or not position < len(choices):
        raise FixtureError(f"{where}: transaction.{name} has no entry {position}")
    return choices[position]


def _access_list(where: str, entries: Sequence[Any]) -> list[list[Any]]:
    accesses = []
    for item in entries:
        entry = read_mapping(where, item)
        keys = [read_int(where, key).to_bytes(32, "big") for key in entry.get("storageKeys", [])]
        accesses.append([read_bytes(where, require(where, entry, "address")), keys])
    return accesses


def _authorization(where: str, item: Any) -> list[Any]:
    entry = read_mapping(where, item)
    address = read_bytes(where, require(where, entry, "address"))
    parity = read_int(where, entry.get("yParity", entry.get("v", 0)))
    chain_id, nonce, r, s = (
        read_int(where, require(where, entry, key)) for key in ("chainId", "nonce", "r", "s")
    )
    return [chain_id, address, nonce, parity, r, s]
