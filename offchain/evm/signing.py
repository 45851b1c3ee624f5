"""Building and signing transactions of all four types, for tests, the demo and tools."""

from __future__ import annotations

from collections.abc import Sequence

from coincurve import PrivateKey

from offchain.evm.authorization import Authorization
from offchain.evm.rlp import Encodable, encode
from offchain.evm.signature import AUTHORIZATION_MAGIC
from offchain.evm.transaction import ACCESS_LIST_TYPE, FEE_MARKET_TYPE, LEGACY_TYPE, SET_CODE_TYPE
from offchain.hashing import keccak

__all__ = ["address_of_key", "sign_authorization", "sign_digest", "sign_transaction"]


def address_of_key(private_key: bytes) -> bytes:
    """The 20-byte account of a secret key of 32 bytes."""
    return keccak(PrivateKey(private_key).public_key.format(compressed=False)[1:])[12:]


def sign_digest(digest: bytes, private_key: bytes) -> tuple[int, int, int]:
    """(y parity, r, s) over 32 bytes, deterministic (RFC 6979), s at most n / 2."""
    signature = PrivateKey(private_key).sign_recoverable(digest, hasher=None)
    return signature[64], int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")


def sign_transaction(
    private_key: bytes,
    *,
    chain_id: int | None,
    nonce: int,
    gas_limit: int,
    max_fee: int,
    max_priority_fee: int | None = None,
    to: bytes | None = None,
    value: int = 0,
    data: bytes = b"",
    access_list: Sequence[tuple[bytes, Sequence[int]]] = (),
    authorizations: Sequence[Authorization] = (),
    type: int = FEE_MARKET_TYPE,
) -> bytes:
    """The EIP-2718 bytes of a signed transaction; nothing is checked, so that bad ones can be made too.

    In types 0 and 1 ``max_fee`` is the gas price. ``max_priority_fee`` is ``max_fee`` unless given. Type 0
    without a chain id is signed as before EIP-155. Fields that the type does not have are left out.
    """
    tip = max_fee if max_priority_fee is None else max_priority_fee
    fees: list[Encodable] = [max_fee] if type in (LEGACY_TYPE, ACCESS_LIST_TYPE) else [tip, max_fee]
    common: list[Encodable] = [nonce, *fees, gas_limit, b"" if to is None else to, value, data]
    if type == LEGACY_TYPE:
        replay_guard: list[Encodable] = [] if chain_id is None else [chain_id, 0, 0]
        y_parity, r, s = sign_digest(keccak(encode([*common, *replay_guard])), private_key)
        v = 27 + y_parity if chain_id is None else 35 + 2 * chain_id + y_parity
        return encode([*common, v, r, s])
    fields: list[Encodable] = [chain_id or 0, *common, _encodable_access_list(access_list)]
    if type == SET_CODE_TYPE:
        fields.append([_encodable_authorization(item) for item in authorizations])
    head = bytes([type])
    signature = sign_digest(keccak(head + encode(fields)), private_key)
    return head + encode([*fields, *signature])


def sign_authorization(private_key: bytes, *, chain_id: int, address: bytes, nonce: int) -> Authorization:
    """An EIP-7702 tuple: the key's account takes the code of ``address``; chain id 0 is any chain."""
    digest = keccak(AUTHORIZATION_MAGIC + encode([chain_id, address, nonce]))
    return Authorization(chain_id, address, nonce, *sign_digest(digest, private_key))


def _encodable_access_list(access_list: Sequence[tuple[bytes, Sequence[int]]]) -> list[Encodable]:
    return [[address, [key.to_bytes(32, "big") for key in keys]] for address, keys in access_list]


def _encodable_authorization(item: Authorization) -> list[Encodable]:
    return [item.chain_id, item.address, item.nonce, item.y_parity, item.r, item.s]
