"""Batches in which one instruction is made as dear as it can be: the largest code, the deepest memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from offchain.bench.steps.assembler import Part, code_of, push, pushes
from offchain.bench.steps.deep_machine import ETHER, Stage, signed
from offchain.conformance.case import Account
from offchain.evm.calls import create_address

__all__ = [
    "BODY",
    "CALLEE",
    "CONTRACT",
    "CREATED",
    "DELEGATE",
    "DELEGATED",
    "FULL",
    "MAX_CODE",
    "MAX_INITCODE",
    "MIDDLE",
    "OTHER",
    "PAGE",
    "dense",
    "in_call",
    "in_creation",
    "touched",
]

CONTRACT: Final = b"\xa1" * 20
CALLEE: Final = b"\xb2" * 20
DELEGATED: Final = b"\xd3" * 20
DELEGATE: Final = b"\xd4" * 20
OTHER: Final = b"\xe5" * 20
#: The contract that CONTRACT creates.
CREATED: Final = create_address(CONTRACT, 1)

MAX_CODE: Final = 24_576
MAX_INITCODE: Final = 49_152
PAGE: Final = 256
#: Where a range of memory has the most siblings among those that a transaction can pay for: it crosses 1 MiB.
MIDDLE: Final = 1 << 20
#: Where the instruction that is looked at begins in its code: in a page with a sibling at every height.
BODY: Final = 4 * PAGE
#: A word without zeros.
FULL: Final = int.from_bytes(b"\xf7" * 32)
#: From here on code is nothing but JUMPDEST, in any arena.
_PLAIN: Final = 8 * PAGE
_JUMPDEST: Final = b"\x5b"
_HEIGHTS: Final = 12


def dense(head: bytes, size: int, patches: Mapping[int, bytes] | None = None) -> bytes:
    """Code of ``size`` bytes: the head, then one-byte instructions without zeros, some places replaced."""
    code = bytearray(head.ljust(size, _JUMPDEST))
    for at, patch in (patches or {}).items():
        code[at : at + len(patch)] = patch
    assert len(code) == size
    return bytes(code)


def touched(start: int, size: int) -> bytes:
    """Code that makes every sibling of a range of memory about MIDDLE a subtree that is not zero, and the range full.

    The range is filled from the running code, which consists of one-byte instructions there.
    """
    first, last = start // PAGE, (start + size - 1) // PAGE
    head, length = first * PAGE, (last - first + 1) * PAGE
    code = b""
    while length:
        some = min(length, MAX_CODE - _PLAIN)
        code += pushes(head, _PLAIN, some) + code_of("CODECOPY")
        head, length = head + some, length - some
    pages = set()
    for height in range(_HEIGHTS):
        pages |= {(first >> height) - 1 << height, (last >> height) + 1 << height}
    for page in sorted(pages):
        code += code_of(0x11, page * PAGE, "MSTORE8")
    return code


def _at_body(setup: bytes, body: bytes, size: int, at: int, patches: Mapping[int, bytes] | None) -> bytes:
    head = setup + code_of(push(at, 2), "JUMP")
    assert len(head) <= at
    return dense(head.ljust(at, _JUMPDEST) + _JUMPDEST + body, size, patches)


def in_creation(
    *body: Part,
    setup: bytes = b"",
    at: int = BODY,
    patches: Mapping[int, bytes] | None = None,
    value: int = 0,
    addresses: tuple[bytes, ...] = (),
    slots: tuple[tuple[bytes, int], ...] = (),
) -> Stage:
    """``body`` in initcode of 49,152 bytes at depth 1, run by CONTRACT with so much wei."""
    initcode = _at_body(setup, code_of(*body), MAX_INITCODE, at, patches)
    creator = code_of("CALLDATASIZE", 0, 0, "CALLDATACOPY", "CALLDATASIZE", 0, value, "CREATE", "STOP")
    accounts = {CONTRACT: Account(1, ETHER, creator)}
    item = signed(CONTRACT, data=initcode)
    return Stage.of(accounts, item, addresses=(CREATED, *addresses), slots=slots)


def in_call(
    *body: Part,
    setup: bytes = b"",
    storage: Mapping[int, int] | None = None,
    accounts: Mapping[bytes, Account] | None = None,
    addresses: tuple[bytes, ...] = (),
    slots: tuple[tuple[bytes, int], ...] = (),
    deep_input: int = 0,
    gas: int | None = None,
) -> Stage:
    """``body`` in code of 24,576 bytes at CALLEE, called by CONTRACT.

    ``deep_input``: so many bytes of memory about MIDDLE, from half as many before it, are the input. ``gas``: of the
    call, all there is unless given.
    """
    code = _at_body(setup, code_of(*body), MAX_CODE, BODY, None)
    start = MIDDLE - deep_input // 2
    given: Part = "GAS" if gas is None else push(gas, 4)
    call = code_of(0xFF, 0, deep_input, start, 0, push(int.from_bytes(CALLEE)), given, "CALL", "STOP")
    caller = dense((touched(start, deep_input) if deep_input else b"") + call, MAX_CODE)
    there = {
        CONTRACT: Account(1, ETHER, caller),
        CALLEE: Account(1, ETHER, code, dict(storage or {})),
        **(accounts or {}),
    }
    return Stage.of(there, signed(CONTRACT), addresses=addresses, slots=slots)
