"""What a valid transaction decodes to; the rules that refuse one are in test_transaction_reasons."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offchain.evm.exceptions import InvalidTransaction
from offchain.evm.rlp import list_header
from offchain.evm.signing import address_of_key, sign_authorization, sign_transaction
from offchain.evm.transaction import decode_transaction
from offchain.hashing import keccak
from tests.support.transactions import CHAIN_ID, KEY, RECIPIENT, keys, signed, transaction_fields


@settings(deadline=None)
@given(key=keys, fields=transaction_fields())
def test_decoding_gives_back_what_was_signed(key: bytes, fields: dict[str, Any]) -> None:
    raw = sign_transaction(key, **fields)
    transaction = decode_transaction(raw, CHAIN_ID)
    assert transaction.sender == address_of_key(key)
    assert (transaction.raw, transaction.hash) == (raw, keccak(raw))
    assert transaction.type == fields["type"]
    for name in ("nonce", "max_fee", "gas_limit", "to", "value", "data"):
        assert getattr(transaction, name) == fields[name]
    assert transaction.max_priority_fee == fields.get("max_priority_fee", fields["max_fee"])
    assert [(address, list(slots)) for address, slots in transaction.access_list] == fields.get(
        "access_list", []
    )
    assert list(transaction.authorizations) == fields.get("authorizations", [])


@given(st.binary(max_size=200))
def test_any_bytes_decode_or_are_invalid(raw: bytes) -> None:
    for data in (raw, b"\x02" + raw, b"\xf8" + raw):
        try:
            decode_transaction(data, CHAIN_ID)
        except InvalidTransaction as invalid:
            assert invalid.reason


def test_the_eip_155_example_has_its_sender() -> None:
    raw = sign_transaction(
        b"\x46" * 32,
        type=0,
        chain_id=1,
        nonce=9,
        max_fee=20 * 10**9,
        gas_limit=21_000,
        to=b"\x35" * 20,
        value=10**18,
    )
    transaction = decode_transaction(raw, 1)
    assert transaction.sender.hex() == "9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f"
    assert raw.endswith(bytes.fromhex("67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"))


def test_an_unprotected_transaction_is_valid_on_every_chain() -> None:
    raw = signed(type=0, chain_id=None)
    assert {decode_transaction(raw, chain_id).sender for chain_id in (1, CHAIN_ID)} == {address_of_key(KEY)}


def test_the_largest_item_decodes() -> None:
    transaction = decode_transaction(signed(gas_limit=1 << 24, data=b"\x01" * 98_000), CHAIN_ID)
    assert transaction.floor_gas == 21_000 + 40 * 98_000


def test_lists_nested_without_end_are_refused() -> None:
    headers: list[bytes] = []
    size = 1
    while size < 90_000:
        headers.append(list_header(size))
        size += len(headers[-1])
    nested = b"".join(reversed(headers)) + b"\xc0"
    for data in (nested, b"\x02" + nested):
        with pytest.raises(InvalidTransaction):
            decode_transaction(data, CHAIN_ID)


def test_an_authorization_is_signed_over_its_three_fields() -> None:
    signed_tuple = sign_authorization(KEY, chain_id=0, address=RECIPIENT, nonce=3)
    assert signed_tuple.authority() == address_of_key(KEY)
    for change in ({"chain_id": 1}, {"address": b"\x23" * 20}, {"nonce": 4}):
        fields = {name: getattr(signed_tuple, name) for name in signed_tuple.__slots__} | change
        assert type(signed_tuple)(**fields).authority() != address_of_key(KEY)
