"""0x100 P256VERIFY (EIP-7951): an ECDSA signature over the curve secp256r1."""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

__all__ = ["p256_verify", "p256_verify_gas"]

GAS: Final = 6_900
INPUT_SIZE: Final = 160
P: Final = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
N: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

_CURVE: Final = SECP256R1()
_PREHASHED: Final = ECDSA(Prehashed(SHA256()))
_VALID: Final = (1).to_bytes(32, "big")


def p256_verify_gas(data: bytes) -> int:
    """A constant."""
    return GAS


def p256_verify(data: bytes) -> bytes:
    """hash ‖ r ‖ s ‖ x ‖ y -> 1 in 32 bytes where the signature is valid, else empty. It never fails."""
    if len(data) != INPUT_SIZE:
        return b""
    r, s, x, y = (int.from_bytes(data[at : at + 32], "big") for at in (32, 64, 96, 128))
    if not (0 < r < N and 0 < s < N and x < P and y < P):
        return b""
    try:
        # Refuses a point off the curve, and with it (0, 0), the encoding of infinity.
        key = EllipticCurvePublicNumbers(x, y, _CURVE).public_key()
        key.verify(encode_dss_signature(r, s), data[:32], _PREHASHED)
    except (ValueError, InvalidSignature):
        return b""
    return _VALID
