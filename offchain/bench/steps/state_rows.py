"""Steps that read or write accounts, slots and transient storage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from offchain.bench.steps.arenas import CALLEE, DELEGATE, FULL, MAX_CODE, OTHER, dense, in_call
from offchain.bench.steps.assembler import OPCODES, Part, pushes
from offchain.bench.steps.deep_machine import CONTEXT_OF_ALL, ETHER, Stage, at_opcode
from offchain.bench.steps.row import Candidate, Row, candidate, starved
from offchain.conformance.case import Account

__all__ = ["state_rows"]

_THERE: Final = FULL - 1
_ABSENT: Final = FULL - 2
_VALUE, _OTHER_VALUE = FULL - 3, FULL - 4
_ABOVE_STIPEND: Final = 2_301  # less than any price of a cold slot
_STORAGE: Final[Mapping[int, int]] = {_THERE: _VALUE}
_SLOTS: Final = ((CALLEE, _ABSENT), (CALLEE, _THERE))
_WITH_CODE: Final = {DELEGATE: Account(1, ETHER, dense(b"", MAX_CODE))}
_SLOT_OF: Final = {_THERE: "of the state", _ABSENT: "that is absent"}
_TRANSIENT: Final[Mapping[str, tuple[tuple[str, int, int], ...]]] = {
    "no value": (),
    "a value that is there": (("TSTORE", _ABSENT, _OTHER_VALUE),),
}


def state_rows() -> Iterator[Row]:
    """One row for each instruction."""
    for name in ("BALANCE", "EXTCODESIZE", "EXTCODEHASH"):
        there = _ask(
            f"a cold account{' with code' if name != 'BALANCE' else ''}", name, int.from_bytes(DELEGATE)
        )
        absent = _ask("a cold account that is absent", name, int.from_bytes(OTHER))
        yield Row(name, "state", (there, absent))
    copy = _ask("a cold account with code", "EXTCODECOPY", int.from_bytes(DELEGATE), 0, 0, MAX_CODE)
    yield Row("EXTCODECOPY", "state", (copy,))
    yield Row("SELFBALANCE", "state", (_ask("", "SELFBALANCE"),))
    numbers = (CONTEXT_OF_ALL.number - 1, CONTEXT_OF_ALL.number - 2)
    hashes = ("the parent's, which is in the diff", "one that is absent")
    asked = (_ask(why, "BLOCKHASH", number) for number, why in zip(numbers, hashes, strict=True))
    yield Row("BLOCKHASH", "state", tuple(asked))
    loads = (_ask(f"a cold slot {why}", "SLOAD", key) for key, why in _SLOT_OF.items())
    yield Row("SLOAD", "state", tuple(loads))
    yield Row("SSTORE", "state", tuple(_stores()))
    loads = (_ask(why, "TLOAD", _ABSENT, before=before) for why, before in _TRANSIENT.items())
    yield Row("TLOAD", "state", tuple(loads))
    stores = (_ask(why, "TSTORE", _ABSENT, _VALUE, before=before) for why, before in _TRANSIENT.items())
    removed = _ask("a value that goes", "TSTORE", _ABSENT, 0, before=_TRANSIENT["a value that is there"])
    yield Row("TSTORE", "state", (*stores, removed))


def _stage(
    name: str, words: tuple[int, ...], before: tuple[tuple[str, int, int], ...], gas: int | None = None
) -> Stage:
    body: list[Part] = []
    for earlier, key, value in before:
        body += [pushes(key, value), earlier]
    body += [pushes(*words), name]
    return in_call(
        *body,
        storage=_STORAGE,
        accounts=_WITH_CODE,
        addresses=(OTHER,),
        slots=_SLOTS,
        gas=gas,
    )


def _ask(why: str, name: str, *words: int, before: tuple[tuple[str, int, int], ...] = ()) -> Candidate:
    stage = _stage(name, words, before)
    index = sum(earlier == name for earlier, *_ in before)
    return candidate(why or "the largest code", stage, lambda: at_opcode(OPCODES[name], 1, index))


def _stores() -> Iterator[Candidate]:
    for key, why in _SLOT_OF.items():
        original = _STORAGE.get(key, 0)
        yield _ask(f"a cold slot {why}, a new value", "SSTORE", key, _OTHER_VALUE)
        yield _ask(
            f"a slot {why} that the transaction has changed", "SSTORE", key, FULL, before=_changed(key)
        )
        yield _ask(f"a slot {why} gets back what it had", "SSTORE", key, original, before=_changed(key))
        yield starved(
            f"a cold slot {why}, out of gas behind all reads",
            partial(_stage, "SSTORE", (key, _OTHER_VALUE), ()),
            lambda: at_opcode(OPCODES["SSTORE"], 1),
            _ABOVE_STIPEND,
        )
    yield _ask("a slot of the state is cleared", "SSTORE", _THERE, 0)


def _changed(key: int) -> tuple[tuple[str, int, int], ...]:
    return (("SSTORE", key, _OTHER_VALUE),)
