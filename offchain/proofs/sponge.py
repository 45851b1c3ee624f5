"""The state of Keccak-256's sponge after whole blocks: what a pending HASH commits to (FIPS 202)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from offchain.evm.pending import KECCAK_BLOCK
from offchain.proofs.encoding import SPONGE_TAG, hash_of

__all__ = ["absorb", "permute", "sponge_bytes", "sponge_hash"]

_MASK: Final = (1 << 64) - 1
_LANES: Final = 25


def _round_constants() -> tuple[int, ...]:
    """From the linear feedback shift register of FIPS 202, section 3.2.5."""
    constants = []
    register = 1
    for _ in range(24):
        constant = 0
        for j in range(7):
            if register & 1:
                constant |= 1 << ((1 << j) - 1)
            register <<= 1
            if register & 0x100:
                register ^= 0x171
        constants.append(constant)
    return tuple(constants)


def _rotations() -> tuple[int, ...]:
    """By lane x + 5y (FIPS 202, section 3.2.2)."""
    rotations = [0] * _LANES
    x, y = 1, 0
    for t in range(24):
        rotations[x + 5 * y] = (t + 1) * (t + 2) // 2 % 64
        x, y = y, (2 * x + 3 * y) % 5
    return tuple(rotations)


ROUND_CONSTANTS: Final = _round_constants()
ROTATIONS: Final = _rotations()


def permute(lanes: list[int]) -> list[int]:
    """Keccak-f[1600]."""
    for constant in ROUND_CONSTANTS:
        columns = [lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20] for x in range(5)]
        mixed = [
            columns[x - 1] ^ ((columns[(x + 1) % 5] << 1 | columns[(x + 1) % 5] >> 63) & _MASK)
            for x in range(5)
        ]
        moved = [0] * _LANES
        for y in range(5):
            for x in range(5):
                lane = lanes[x + 5 * y] ^ mixed[x]
                shift = ROTATIONS[x + 5 * y]
                moved[y + 5 * ((2 * x + 3 * y) % 5)] = (lane << shift | lane >> (64 - shift)) & _MASK
        lanes = [
            moved[x + 5 * y] ^ (~moved[(x + 1) % 5 + 5 * y] & moved[(x + 2) % 5 + 5 * y] & _MASK)
            for y in range(5)
            for x in range(5)
        ]
        lanes[0] ^= constant
    return lanes


def absorb(lanes: list[int], block: bytes) -> list[int]:
    """One block of 136 bytes."""
    lanes = lanes.copy()
    for i in range(KECCAK_BLOCK // 8):
        lanes[i] ^= int.from_bytes(block[8 * i : 8 * i + 8], "little")
    return permute(lanes)


@lru_cache(maxsize=1_024)
def sponge_bytes(absorbed: bytes) -> bytes:
    """The 25 lanes after whole blocks, 200 bytes, each lane big-endian; zeros before the first block."""
    lanes = [0] * _LANES
    if absorbed:
        before = sponge_bytes(absorbed[:-KECCAK_BLOCK])
        lanes = [int.from_bytes(before[8 * i : 8 * i + 8], "big") for i in range(_LANES)]
        lanes = absorb(lanes, absorbed[-KECCAK_BLOCK:])
    return b"".join([lane.to_bytes(8, "big") for lane in lanes])


def sponge_hash(absorbed: bytes) -> bytes:
    """What `pending` holds of the sponge: 0 before the first block."""
    return hash_of(SPONGE_TAG, sponge_bytes(absorbed)) if absorbed else bytes(32)
