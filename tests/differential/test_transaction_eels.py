"""Decoding against EELS: the same transactions are valid, with the same fields, sender and gas."""

from __future__ import annotations

from typing import Any

from ethereum.exceptions import EthereumException
from ethereum.forks.osaka.fork_types import Address
from ethereum.forks.osaka.fork_types import Authorization as EelsAuthorization
from ethereum.forks.osaka.transactions import (
    LegacyTransaction,
    calculate_intrinsic_cost,
    recover_sender,
    validate_transaction,
)
from ethereum.forks.osaka.transactions import (
    decode_transaction as eels_decode,
)
from ethereum.forks.osaka.vm import interpreter as _interpreter  # noqa: F401 it sets the recursion limit: now, not inside a test
from ethereum.forks.osaka.vm.eoa_delegation import recover_authority
from ethereum_rlp import rlp
from ethereum_rlp.exceptions import RLPException
from ethereum_types.numeric import U8, U64, U256
from hypothesis import given, settings
from hypothesis import strategies as st

from offchain.evm.authorization import Authorization
from offchain.evm.exceptions import InvalidTransaction
from offchain.evm.signing import address_of_key, sign_authorization, sign_transaction
from offchain.evm.transaction import Transaction, decode_transaction
from tests.support.transactions import (
    CHAIN_ID,
    addresses,
    keys,
    transaction_fields,
    word_integers,
)


def decode_by_eels(raw: bytes) -> Any:
    if raw[0] >= 0xC0:
        return rlp.decode_to(LegacyTransaction, raw)
    return eels_decode(raw)


def valid_by_eels(raw: bytes) -> tuple[Any, bytes] | None:
    """(transaction, sender) if it passes all checks of EELS, and those that EELS leaves to the block."""
    try:
        transaction = decode_by_eels(raw)
        validate_transaction(transaction)
        sender = bytes(recover_sender(U64(CHAIN_ID), transaction))
    except (EthereumException, RLPException):
        return None
    if getattr(transaction, "chain_id", CHAIN_ID) != CHAIN_ID:
        return None  # EELS does not compare it
    tip, fee = fees_of(transaction)
    if tip > fee or fee * int(transaction.gas) >= 1 << 256:
        return None  # check_transaction: priority fee, and funds that nobody can have
    if getattr(transaction, "authorizations", True) == ():
        return None  # check_transaction
    return transaction, sender


def fees_of(transaction: Any) -> tuple[int, int]:
    if hasattr(transaction, "gas_price"):
        return int(transaction.gas_price), int(transaction.gas_price)
    return int(transaction.max_priority_fee_per_gas), int(transaction.max_fee_per_gas)


def assert_same(ours: Transaction, theirs: Any) -> None:
    assert (ours.max_priority_fee, ours.max_fee) == fees_of(theirs)
    assert ours.nonce == int(theirs.nonce)
    assert ours.gas_limit == int(theirs.gas)
    assert (ours.to or b"") == bytes(theirs.to)
    assert ours.value == int(theirs.value)
    assert ours.data == bytes(theirs.data)
    assert ours.access_list == tuple(
        (bytes(access.account), tuple(int.from_bytes(slot, "big") for slot in access.slots))
        for access in getattr(theirs, "access_list", ())
    )
    assert ours.authorizations == tuple(
        Authorization(
            int(item.chain_id),
            bytes(item.address),
            int(item.nonce),
            int(item.y_parity),
            int(item.r),
            int(item.s),
        )
        for item in getattr(theirs, "authorizations", ())
    )
    intrinsic, floor = calculate_intrinsic_cost(theirs)
    assert (ours.intrinsic_gas, ours.floor_gas) == (int(intrinsic), int(floor))


@settings(deadline=None, max_examples=300)
@given(key=keys, fields=transaction_fields())
def test_valid_transactions_decode_alike(key: bytes, fields: dict[str, Any]) -> None:
    raw = sign_transaction(key, **fields)
    ours = decode_transaction(raw, CHAIN_ID)
    found = valid_by_eels(raw)
    assert found is not None
    theirs, sender = found
    assert ours.sender == sender == address_of_key(key)
    assert_same(ours, theirs)


@settings(deadline=None, max_examples=1_000)
@given(
    key=keys,
    fields=transaction_fields(),
    at=st.floats(0, 1, exclude_max=True),
    cut=st.integers(0, 2),
    put=st.binary(max_size=2),
)
def test_damaged_transactions_are_judged_alike(
    key: bytes, fields: dict[str, Any], at: float, cut: int, put: bytes
) -> None:
    raw = sign_transaction(key, **fields)
    place = int(at * len(raw))
    damaged = raw[:place] + put + raw[place + cut :]
    if damaged[0] == 3:
        return  # blobs: EELS takes them
    found = valid_by_eels(damaged)
    try:
        ours = decode_transaction(damaged, CHAIN_ID)
    except InvalidTransaction:
        assert found is None
        return
    assert found is not None
    assert ours.sender == found[1]
    assert_same(ours, found[0])


edge_nonces = st.sampled_from([0, 1, (1 << 64) - 2, (1 << 64) - 1])
edge_gas = st.sampled_from(
    [0, 20_999, 21_000, 21_040, 53_000, 53_058, (1 << 24), (1 << 24) + 1, (1 << 64) - 1]
)


@settings(deadline=None, max_examples=500)
@given(fields=transaction_fields(), nonce=edge_nonces, gas_limit=edge_gas, tip=st.integers(0, 3))
def test_transactions_at_the_borders_are_judged_alike(
    fields: dict[str, Any], nonce: int, gas_limit: int, tip: int
) -> None:
    fields |= {"nonce": nonce, "gas_limit": gas_limit}
    if fields["type"] >= 2:
        fields |= {"max_fee": 2, "max_priority_fee": tip}
    raw = sign_transaction(b"\x07" * 32, **fields)
    found = valid_by_eels(raw)
    try:
        ours = decode_transaction(raw, CHAIN_ID)
    except InvalidTransaction:
        assert found is None
        return
    assert found is not None
    assert_same(ours, found[0])


@settings(deadline=None)
@given(
    key=keys,
    chain_id=word_integers,
    address=addresses,
    nonce=st.integers(0, (1 << 64) - 1),
    y_parity=st.none() | st.integers(0, 3),
    r=st.none() | word_integers,
    s=st.none() | word_integers,
)
def test_authorities_are_recovered_alike(
    key: bytes, chain_id: int, address: bytes, nonce: int, y_parity: int | None, r: int | None, s: int | None
) -> None:
    signed = sign_authorization(key, chain_id=chain_id, address=address, nonce=nonce)
    assert signed.authority() == address_of_key(key)
    item = Authorization(
        chain_id,
        address,
        nonce,
        signed.y_parity if y_parity is None else y_parity,
        signed.r if r is None else r,
        signed.s if s is None else s,
    )
    assert item.authority() == authority_by_eels(item)


def authority_by_eels(item: Authorization) -> bytes | None:
    theirs = EelsAuthorization(
        chain_id=U256(item.chain_id),
        address=Address(item.address),
        nonce=U64(item.nonce),
        y_parity=U8(item.y_parity),
        r=U256(item.r),
        s=U256(item.s),
    )
    try:
        return bytes(recover_authority(theirs))
    except EthereumException:
        return None
