"""Signers recovered from secp256k1 signatures (SEC 1, 4.1.6), in native code."""

from __future__ import annotations

from typing import Final

from coincurve import PublicKey

from offchain.evm.rlp import encode
from offchain.hashing import keccak

__all__ = ["AUTHORIZATION_MAGIC", "SECP256K1_HALF_N", "SECP256K1_N", "recover_address", "recover_authority"]

SECP256K1_N: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
SECP256K1_HALF_N: Final = SECP256K1_N // 2  # EIP-2: the greatest s of a transaction
AUTHORIZATION_MAGIC: Final = b"\x05"  # EIP-7702


def recover_address(digest: bytes, y_parity: int, r: int, s: int) -> bytes | None:
    """The 20-byte address that signed the 32-byte digest, None where no public key fits.

    The caller has checked that y_parity is 0 or 1 and that r and s lie in 1 .. n - 1.
    """
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big") + (b"\x01" if y_parity else b"\x00")
    try:
        key = PublicKey.from_signature_and_message(signature, digest, hasher=None)
    except ValueError:
        return None
    return keccak(key.format(compressed=False)[1:])[12:]


def recover_authority(
    chain_id: int, address: bytes, nonce: int, y_parity: int, r: int, s: int
) -> bytes | None:
    """The signer of an EIP-7702 tuple, None where the signature is no good."""
    if y_parity not in (0, 1) or not 0 < r < SECP256K1_N or not 0 < s <= SECP256K1_HALF_N:
        return None
    digest = keccak(AUTHORIZATION_MAGIC + encode([chain_id, address, nonce]))
    return recover_address(digest, y_parity, r, s)
