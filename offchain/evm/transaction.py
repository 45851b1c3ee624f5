"""A transaction of the L2: what one item of `T_n` decodes to, or the reason why it is skipped.

Everything that can be judged without the state is judged here; nonce, funds, base fee, the sender's code and
the gas left of the batch are the machine's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from offchain.errors import DecodeError
from offchain.evm.authorization import Authorization, read_authorizations
from offchain.evm.exceptions import InvalidTransaction
from offchain.evm.gas import MAX_INITCODE_SIZE
from offchain.evm.intrinsic_gas import MAX_TRANSACTION_GAS, floor_gas, intrinsic_gas
from offchain.evm.reason import Reason
from offchain.evm.rlp import Span, encode, list_header, read_header, split_list
from offchain.evm.signature import SECP256K1_HALF_N, SECP256K1_N, recover_address
from offchain.evm.transaction_fields import (
    AccessList,
    read_access_list,
    read_bytes,
    read_integer,
    read_recipient,
)
from offchain.hashing import keccak

__all__ = [
    "ACCESS_LIST_TYPE",
    "BLOB_TYPE",
    "FEE_MARKET_TYPE",
    "LEGACY_TYPE",
    "SET_CODE_TYPE",
    "Authorization",
    "Transaction",
    "decode_transaction",
]

LEGACY_TYPE: Final = 0  # its first byte is that of an RLP list, 0xc0 or more
ACCESS_LIST_TYPE: Final = 1  # EIP-2930
FEE_MARKET_TYPE: Final = 2  # EIP-1559
BLOB_TYPE: Final = 3  # EIP-4844
SET_CODE_TYPE: Final = 4  # EIP-7702

FIELD_COUNTS: Final = {LEGACY_TYPE: 9, ACCESS_LIST_TYPE: 11, FEE_MARKET_TYPE: 12, SET_CODE_TYPE: 13}
MAX_NONCE: Final = (1 << 64) - 2  # EIP-2681
WORD_LIMIT: Final = 1 << 256


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction that is valid as far as that can be judged without the state.

    ``raw`` are the EIP-2718 bytes. Fees are wei per gas, both the gas price in types 0 and 1. ``to`` is None
    for a create. ``intrinsic_gas`` and ``floor_gas`` are at most ``gas_limit``.
    """

    type: int
    raw: bytes
    nonce: int
    max_priority_fee: int
    max_fee: int
    gas_limit: int
    to: bytes | None
    value: int
    data: bytes
    access_list: AccessList
    authorizations: tuple[Authorization, ...]
    sender: bytes
    intrinsic_gas: int
    floor_gas: int

    @property
    def hash(self) -> bytes:
        """keccak256 of the EIP-2718 bytes: the transaction hash."""
        return keccak(self.raw)


def decode_transaction(raw: bytes, chain_id: int) -> Transaction:
    """The transaction in the EIP-2718 bytes ``raw``, for the chain with this id.

    Raises InvalidTransaction with a `Reason` where any rule that needs no state is broken.
    """
    kind, start, members = _split(raw)

    access_list: AccessList = ()
    authorizations: tuple[Authorization, ...] = ()
    if kind == LEGACY_TYPE:
        nonce_field, fee_field, gas_field, to_field, value_field, data_field, *signature = members
        max_fee = max_priority_fee = read_integer(fee_field, 32, "gas price")
    else:
        if read_integer(members[0], 32, "chain id") != chain_id:
            raise InvalidTransaction(Reason.CHAIN_ID, f"not {chain_id}")
        if kind == ACCESS_LIST_TYPE:
            (
                _,
                nonce_field,
                fee_field,
                gas_field,
                to_field,
                value_field,
                data_field,
                list_field,
                *signature,
            ) = members
            max_fee = max_priority_fee = read_integer(fee_field, 32, "gas price")
        else:
            _, nonce_field, tip_field, fee_field, gas_field, to_field, value_field, data_field, *rest = (
                members
            )
            list_field, signature = rest[0], rest[-3:]
            max_priority_fee = read_integer(tip_field, 32, "max priority fee")
            max_fee = read_integer(fee_field, 32, "max fee")
            if max_priority_fee > max_fee:
                raise InvalidTransaction(Reason.PRIORITY_FEE_OVER_MAX_FEE, f"{max_priority_fee} > {max_fee}")
            if kind == SET_CODE_TYPE:
                authorizations = read_authorizations(raw, rest[1])
        access_list = read_access_list(raw, list_field)

    nonce = read_integer(nonce_field, 8, "nonce")
    gas_limit = read_integer(gas_field, 8, "gas limit")
    to = read_recipient(to_field)
    value = read_integer(value_field, 32, "value")
    data = read_bytes(data_field, "data")

    if nonce > MAX_NONCE:
        raise InvalidTransaction(Reason.NONCE_TOO_HIGH, str(nonce))
    if to is None:
        if kind == SET_CODE_TYPE:
            raise InvalidTransaction(Reason.CREATE_WITH_AUTHORIZATION)
        if len(data) > MAX_INITCODE_SIZE:
            raise InvalidTransaction(Reason.INITCODE_TOO_LARGE, f"{len(data)} > {MAX_INITCODE_SIZE}")
    if gas_limit * max_fee >= WORD_LIMIT:
        raise InvalidTransaction(Reason.COST_OVERFLOW, f"{gas_limit} * {max_fee}")
    if gas_limit > MAX_TRANSACTION_GAS:
        raise InvalidTransaction(Reason.GAS_LIMIT_OVER_CAP, f"{gas_limit} > {MAX_TRANSACTION_GAS}")
    keys = sum([len(entry[1]) for entry in access_list])
    intrinsic = intrinsic_gas(data, to is None, len(access_list), keys, len(authorizations))
    floor = floor_gas(data)
    if intrinsic > gas_limit:
        raise InvalidTransaction(Reason.INTRINSIC_GAS, f"{intrinsic} > {gas_limit}")
    if floor > gas_limit:
        raise InvalidTransaction(Reason.FLOOR_GAS, f"{floor} > {gas_limit}")

    sender = _recover_sender(kind, raw, start, signature, chain_id)
    return Transaction(
        kind,
        raw,
        nonce,
        max_priority_fee,
        max_fee,
        gas_limit,
        to,
        value,
        data,
        access_list,
        authorizations,
        sender,
        intrinsic,
        floor,
    )


def _split(raw: bytes) -> tuple[int, int, list[bytes | Span]]:
    """(type, where the list's payload starts, the fields) of the bytes of a transaction."""
    if not raw:
        raise InvalidTransaction(Reason.EMPTY)
    first = raw[0]
    kind = LEGACY_TYPE if first >= 0xC0 else first
    if kind == BLOB_TYPE:
        raise InvalidTransaction(Reason.BLOB_TRANSACTION)
    if kind not in FIELD_COUNTS or first == LEGACY_TYPE:
        raise InvalidTransaction(Reason.UNKNOWN_TYPE, f"0x{first:02x}")
    try:
        is_list, start, stop = read_header(raw, 1 if kind else 0, len(raw))
        if not is_list:
            raise InvalidTransaction(Reason.MALFORMED_RLP, "no list")
        if stop != len(raw):
            raise InvalidTransaction(Reason.MALFORMED_RLP, f"{len(raw) - stop} bytes left over")
        members = split_list(raw, start, stop)
    except DecodeError as error:
        raise InvalidTransaction(Reason.MALFORMED_RLP, str(error)) from error
    if len(members) != FIELD_COUNTS[kind]:
        raise InvalidTransaction(Reason.FIELD_COUNT, f"{len(members)}, not {FIELD_COUNTS[kind]}")
    return kind, start, members


def _recover_sender(kind: int, raw: bytes, start: int, signature: list[bytes | Span], chain_id: int) -> bytes:
    """The address that signed the fields before the last three."""
    v = read_integer(signature[0], 32, "v")
    r = read_integer(signature[1], 32, "r")
    s = read_integer(signature[2], 32, "s")
    if not 0 < r < SECP256K1_N or not 0 < s < SECP256K1_N:
        raise InvalidTransaction(Reason.SIGNATURE_RANGE)
    if s > SECP256K1_HALF_N:
        raise InvalidTransaction(Reason.SIGNATURE_HIGH_S)

    # The signed bytes are cut out of `raw`, not encoded again: the form is canonical, so they are the same.
    end = len(raw) - _encoded_size(v) - _encoded_size(r) - _encoded_size(s)
    fields = raw[start:end]
    if kind:
        y_parity = v
        head = raw[:1]
    else:
        head = b""
        if v in (27, 28):
            y_parity = v - 27
        elif v < 35:
            raise InvalidTransaction(Reason.SIGNATURE_V, str(v))
        else:
            signed_for, y_parity = divmod(v - 35, 2)
            if signed_for != chain_id:
                raise InvalidTransaction(Reason.CHAIN_ID, f"{signed_for}, not {chain_id}")
            fields += encode(chain_id) + b"\x80\x80"  # EIP-155
    if y_parity > 1:
        raise InvalidTransaction(Reason.SIGNATURE_V, str(v))
    sender = recover_address(keccak(head + list_header(len(fields)) + fields), y_parity, r, s)
    if sender is None:
        raise InvalidTransaction(Reason.SIGNATURE_RECOVERY)
    return sender


def _encoded_size(number: int) -> int:
    """Bytes of the RLP of a number of at most 55 bytes."""
    return 1 if number < 0x80 else 1 + (number.bit_length() + 7) // 8
