"""Keccak-256, the one hash of the protocol."""

from __future__ import annotations

from typing import cast

from sha3 import keccak_256

__all__ = ["EMPTY_CODE_HASH", "keccak"]


def keccak(data: bytes) -> bytes:
    """The 32 bytes of Keccak-256 of ``data``."""
    return cast(bytes, keccak_256(data).digest())


EMPTY_CODE_HASH = keccak(b"")
