"""Why an item of `T_n` is no valid transaction, as far as that can be told without the state.

The words are stable: logs, documents and tests name them. Which of several reasons is given is free; that
there is one decides. Reasons that need the state are the machine's.
"""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Reason"]


class Reason(StrEnum):
    """One member for each rule."""

    EMPTY = "empty"
    """no byte at all"""
    BLOB_TRANSACTION = "blob transaction"
    """type 3; the L2 has no blobs"""
    UNKNOWN_TYPE = "unknown type"
    """a first byte below 0xc0 that is none of 1, 2, 3, 4 (EIP-2718)"""
    MALFORMED_RLP = "malformed rlp"
    """no list, not in the one canonical form, or bytes left over"""
    FIELD_COUNT = "field count"
    """not as many fields as the type has"""
    FIELD_KIND = "field kind"
    """a list where a string belongs, or a string where a list belongs"""
    LEADING_ZERO = "leading zero"
    """an integer with a leading zero byte"""
    FIELD_WIDTH = "field width"
    """nonce or gas limit over 8 bytes, any other integer over 32, an address other than 0 or 20"""
    ACCESS_LIST_SHAPE = "access list shape"
    """an entry that is no (20-byte address, list of 32-byte keys) (EIP-2930)"""
    AUTHORIZATION_SHAPE = "authorization shape"
    """a tuple whose fields break the bounds of EIP-7702"""
    NO_AUTHORIZATION = "no authorization"
    """type 4 with an empty list (EIP-7702)"""
    CREATE_WITH_AUTHORIZATION = "create with authorization"
    """type 4 without `to` (EIP-7702)"""
    CHAIN_ID = "chain id"
    """signed for another chain (EIP-155, EIP-2930)"""
    NONCE_TOO_HIGH = "nonce too high"
    """2**64 - 1 (EIP-2681)"""
    PRIORITY_FEE_OVER_MAX_FEE = "priority fee over max fee"
    """EIP-1559"""
    COST_OVERFLOW = "cost overflow"
    """gas limit times max fee does not fit in 256 bits"""
    GAS_LIMIT_OVER_CAP = "gas limit over cap"
    """more than 2**24 (EIP-7825)"""
    INITCODE_TOO_LARGE = "initcode too large"
    """a create with over 49,152 bytes (EIP-3860)"""
    INTRINSIC_GAS = "intrinsic gas"
    """more than the gas limit"""
    FLOOR_GAS = "floor gas"
    """more than the gas limit (EIP-7623)"""
    SIGNATURE_V = "signature v"
    """a parity other than 0 and 1, a v that is neither 27, 28 nor of EIP-155"""
    SIGNATURE_RANGE = "signature range"
    """r or s outside of 1 .. n - 1"""
    SIGNATURE_HIGH_S = "signature high s"
    """s over n / 2 (EIP-2)"""
    SIGNATURE_RECOVERY = "signature recovery"
    """no public key fits"""
