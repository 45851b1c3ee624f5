"""The tuples of a type 4 transaction (EIP-7702).

Shape decides the transaction, meaning only the tuple: what is read here is within the bounds of the EIP, but
its chain id, nonce and signature may be no good, and then the machine passes over that tuple alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from offchain.evm.exceptions import InvalidTransaction
from offchain.evm.reason import Reason
from offchain.evm.rlp import Span
from offchain.evm.signature import recover_authority
from offchain.evm.transaction_fields import read_integer, read_members

__all__ = ["Authorization", "read_authorizations"]


@dataclass(frozen=True, slots=True)
class Authorization:
    """One tuple; ``address`` (20 bytes) is the code that the signer's account is to run, zero for none."""

    chain_id: int
    address: bytes
    nonce: int
    y_parity: int
    r: int
    s: int

    def authority(self) -> bytes | None:
        """The 20-byte address that signed this tuple, None where the signature is no good."""
        return recover_authority(self.chain_id, self.address, self.nonce, self.y_parity, self.r, self.s)


def read_authorizations(raw: bytes, member: bytes | Span) -> tuple[Authorization, ...]:
    """All tuples of the list. Raises InvalidTransaction for an empty list or a tuple of the wrong shape."""
    tuples = read_members(raw, member, "authorization list")
    if not tuples:
        raise InvalidTransaction(Reason.NO_AUTHORIZATION)
    return tuple([_read_authorization(raw, item) for item in tuples])


def _read_authorization(raw: bytes, member: bytes | Span) -> Authorization:
    fields = read_members(raw, member, "authorization")
    if len(fields) != 6:
        raise InvalidTransaction(Reason.AUTHORIZATION_SHAPE, f"a tuple of {len(fields)} fields, not 6")
    chain_id, address, nonce, y_parity, r, s = fields
    if type(address) is not bytes or len(address) != 20:
        raise InvalidTransaction(Reason.AUTHORIZATION_SHAPE, "an address that has not 20 bytes")
    return Authorization(
        _read_bounded(chain_id, 32, "chain id"),
        address,
        _read_bounded(nonce, 8, "nonce"),
        _read_bounded(y_parity, 1, "y parity"),
        _read_bounded(r, 32, "r"),
        _read_bounded(s, 32, "s"),
    )


def _read_bounded(member: bytes | Span, width: int, name: str) -> int:
    try:
        return read_integer(member, width, name)
    except InvalidTransaction as error:
        raise InvalidTransaction(Reason.AUTHORIZATION_SHAPE, str(error)) from error
