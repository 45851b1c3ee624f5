"""Reading a precompile's input, which goes on in zeros past its end."""

from __future__ import annotations

__all__ = ["fixed_width", "padded_slice", "word_at"]


def padded_slice(data: bytes, offset: int, size: int) -> bytes:
    """``size`` bytes of ``data`` from ``offset`` on, zeros past the end of ``data``."""
    return data[offset : offset + size].ljust(size, b"\x00")


def fixed_width(data: bytes, size: int) -> bytes:
    """The first ``size`` bytes of ``data``, zeros past its end."""
    return data[:size].ljust(size, b"\x00")


def word_at(data: bytes, offset: int) -> int:
    """The 32-byte big-endian integer at ``offset``, zeros past the end of ``data``."""
    return int.from_bytes(data[offset : offset + 32].ljust(32, b"\x00"), "big")
