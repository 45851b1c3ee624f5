"""Steps that begin and end frames: calls, creations, STOP, RETURN, REVERT, SELFDESTRUCT, faults."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from offchain.bench.steps.arenas import (
    CALLEE,
    CREATED,
    DELEGATE,
    DELEGATED,
    FULL,
    MAX_CODE,
    MAX_INITCODE,
    MIDDLE,
    OTHER,
    dense,
    in_call,
    in_creation,
    touched,
)
from offchain.bench.steps.assembler import OPCODES, Part, code_of, pushes
from offchain.bench.steps.deep_machine import ETHER, Stage, at_opcode
from offchain.bench.steps.row import Row, candidate
from offchain.conformance.case import Account
from offchain.evm.calls import create2_address, create_address
from offchain.evm.code import delegation_to

__all__ = ["frame_rows"]

_SALT: Final = FULL
_ODD: Final = MIDDLE - MAX_INITCODE // 2 + 1  # no page of the range begins where the code does
_DELEGATED: Final = {
    DELEGATED: Account(1, ETHER, delegation_to(DELEGATE)),
    DELEGATE: Account(1, ETHER, dense(b"", MAX_CODE)),
}


def frame_rows() -> Iterator[Row]:
    """One row for each instruction, of ends one for each way."""
    yield from _calls()
    yield from _creations()
    yield from _ends()
    yield from _destructions()


def _row(kind: str, why: str, stage: Stage, opcode: str, *, deep: bool = True, index: int = 0) -> Row:
    return Row(kind, "frames", (candidate(why, stage, lambda: at_opcode(OPCODES[opcode], 1, index)),), deep)


def _calls() -> Iterator[Row]:
    for name in ("CALL", "CALLCODE", "DELEGATECALL", "STATICCALL"):
        has_value = name in ("CALL", "CALLCODE")
        value = (0xFF,) if has_value else ()
        words = (FULL, int.from_bytes(DELEGATED), *value, MIDDLE - 128, 256, MIDDLE - 128, 256)
        stage = in_call(pushes(*words), name, accounts=_DELEGATED)
        why = (
            "a cold account with a cold delegate, with value"
            if has_value
            else "a cold account with a cold delegate"
        )
        yield _row(name, why, stage, name)


def _creations() -> Iterator[Row]:
    initcode = b"\x5b" * MAX_INITCODE
    why = "49,152 bytes of initcode, all of one byte each, across 1 MiB, with value"
    for name, created in (
        ("CREATE", create_address(CALLEE, 1)),
        ("CREATE2", create2_address(CALLEE, _SALT, initcode)),
    ):
        salt = (_SALT,) if name == "CREATE2" else ()
        body = (pushes(0xFF, _ODD, MAX_INITCODE, *salt), name)
        stage = in_call(*body, setup=touched(_ODD, MAX_INITCODE), addresses=(created,))
        yield _row(name, why, stage, name)


def _ends() -> Iterator[Row]:
    under = "under a waiting frame"
    # The page of the body is shown, so that STOP costs more than behind the end of the code.
    yield _row("STOP of a call", under, in_call("STOP"), "STOP", deep=False)
    for name in ("RETURN", "REVERT"):
        found = {f"with output, {under}": MIDDLE, f"output that nobody can pay for, {under}": FULL}
        candidates = (
            candidate(why, in_call(pushes(at, 256), name), partial(at_opcode, OPCODES[name], 1))
            for why, at in found.items()
        )
        yield Row(f"{name} of a call", "frames", tuple(candidates), deep=False)
    yield _row("INVALID", f"{under}, all is put back", in_call("INVALID"), "INVALID", deep=False)
    start = MIDDLE - MAX_CODE // 2 + 1
    stage = in_creation(pushes(start, MAX_CODE), "RETURN", setup=touched(start, MAX_CODE), value=0xFF)
    why = f"24,576 bytes of code, all of one byte each, across 1 MiB, {under}"
    yield _row("RETURN of a creation", why, stage, "RETURN")


def _destructions() -> Iterator[Row]:
    heir = int.from_bytes(OTHER)

    def body(to: int) -> tuple[Part, ...]:
        return (code_of(to), "SELFDESTRUCT")

    found = {
        "an old contract, a cold heir that is absent, under a waiting frame": in_call(
            *body(heir), addresses=(OTHER,)
        ),
        "a new contract, a cold heir that is absent, under a waiting frame": in_creation(
            *body(heir), value=0xFF, addresses=(OTHER,)
        ),
        "a new contract, its own heir, under a waiting frame": in_creation(
            *body(int.from_bytes(CREATED)), value=0xFF
        ),
    }
    wanted = OPCODES["SELFDESTRUCT"]
    candidates = (candidate(why, stage, lambda: at_opcode(wanted, 1)) for why, stage in found.items())
    yield Row("SELFDESTRUCT", "frames", tuple(candidates))
