"""0x02 SHA-256, 0x03 RIPEMD-160, 0x04 identity (Yellow Paper, appendix E)."""

from __future__ import annotations

import hashlib

from Crypto.Hash import RIPEMD160

from offchain.evm.gas import words

__all__ = ["identity", "identity_gas", "ripemd160", "ripemd160_gas", "sha256", "sha256_gas"]


def sha256_gas(data: bytes) -> int:
    """60 and 12 a word."""
    return 60 + 12 * words(len(data))


def sha256(data: bytes) -> bytes:
    """The digest, 32 bytes."""
    return hashlib.sha256(data).digest()


def ripemd160_gas(data: bytes) -> int:
    """600 and 120 a word."""
    return 600 + 120 * words(len(data))


def ripemd160(data: bytes) -> bytes:
    """The digest of 20 bytes, right-aligned in 32."""
    # Not hashlib's: OpenSSL 3 has moved it to the legacy provider, which many systems do not load.
    return bytes(12) + RIPEMD160.new(data).digest()


def identity_gas(data: bytes) -> int:
    """15 and 3 a word."""
    return 15 + 3 * words(len(data))


def identity(data: bytes) -> bytes:
    """The input itself."""
    return data
