"""Code as the machine runs it: padded, with its jump targets found when a jump first asks."""

from __future__ import annotations

import re
from itertools import compress, count
from typing import Any, Final

from offchain.hashing import EMPTY_CODE_HASH, keccak

__all__ = ["DELEGATION_PREFIX", "DELEGATION_SIZE", "EMPTY_CODE", "Code", "CodeCache", "delegation_to"]

DELEGATION_PREFIX: Final = b"\xef\x01\x00"  # EIP-7702
DELEGATION_SIZE: Final = 23  # the prefix and an address

# A PUSH may reach 32 bytes past the end, and the instruction after the end is STOP.
_PADDING: Final = bytes(34)

# One alternative per PUSH with its data, so that a byte of data is never taken for an instruction.
_PUSH: Final = re.compile(
    b"(" + b"|".join(b"\\x%02x.{%d}" % (0x5F + n, n) for n in range(1, 33)) + b")", re.DOTALL
)
_BLANKS: Final = tuple(bytes(size) for size in range(34))
_IS_JUMPDEST: Final = bytes(opcode == 0x5B for opcode in range(256))


class Code:
    """The code of an account or of a creation, immutable, shared by all frames that run it.

    ``padded`` may be read at any program counter that a frame can reach. ``hash`` is b"" for initcode,
    which nothing asks for. ``blocks`` and ``heat`` belong to the block engine and are empty under the others.
    """

    __slots__ = (
        "__weakref__",
        "_jump_targets",
        "blocks",
        "delegate",
        "hash",
        "heat",
        "padded",
        "raw",
        "size",
    )

    def __init__(self, raw: bytes, code_hash: bytes) -> None:
        self.raw = raw
        self.hash = code_hash
        self.size = len(raw)
        self.padded = raw + _PADDING
        self.delegate = raw[3:] if len(raw) == DELEGATION_SIZE and raw.startswith(DELEGATION_PREFIX) else None
        self.blocks: dict[int, Any] = {}
        self.heat: dict[int, int] = {}
        self._jump_targets: frozenset[int] | None = None

    @property
    def jump_targets(self) -> frozenset[int]:
        """Every offset of a JUMPDEST that starts an instruction."""
        targets = self._jump_targets
        if targets is None:
            # All of it in native loops: 49,152 bytes of JUMPDEST may come as initcode for 35,000 gas.
            # The padding completes a PUSH at the end of the code.
            pieces = _PUSH.split(self.padded)
            pieces[1::2] = [_BLANKS[len(push)] for push in pieces[1::2]]
            jumpdests = b"".join(pieces).translate(_IS_JUMPDEST)
            targets = self._jump_targets = frozenset(compress(count(), jumpdests))
        return targets


EMPTY_CODE: Final = Code(b"", EMPTY_CODE_HASH)


def delegation_to(address: bytes) -> bytes:
    """The code that delegates to ``address`` (EIP-7702)."""
    return DELEGATION_PREFIX + address


class CodeCache:
    """Code by hash, kept between transactions and batches; the oldest half goes when it is full."""

    __slots__ = ("_codes", "_limit")

    def __init__(self, limit: int = 4_096) -> None:
        self._codes: dict[bytes, Code] = {EMPTY_CODE_HASH: EMPTY_CODE}
        self._limit = limit

    def find(self, code_hash: bytes) -> Code | None:
        """The code with this hash, if it is here."""
        return self._codes.get(code_hash)

    def add(self, raw: bytes, code_hash: bytes | None = None) -> Code:
        """Keep ``raw``, whose hash is computed where it is not given."""
        code_hash = keccak(raw) if code_hash is None else code_hash
        code = self._codes.get(code_hash)
        if code is None:
            if len(self._codes) >= self._limit:
                for old in list(self._codes)[: max(self._limit // 2, 1)]:
                    del self._codes[old]
            code = self._codes[code_hash] = Code(raw, code_hash)
        return code
