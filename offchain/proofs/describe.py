"""Makes the words for a step: what was executed where, and what it has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from offchain.evm.account import balance_of, code_size_of, nonce_of
from offchain.evm.instructions import INSTRUCTIONS, INVALID
from offchain.evm.pending import Copy
from offchain.evm.phase import Phase
from offchain.proofs.step_description import Change, StepDescription

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from offchain.evm.frame import Frame
    from offchain.proofs.application import Application
    from offchain.proofs.fast_machine import FastMachine

__all__ = ["describe_entry", "describe_step", "fixed_point"]

FIXED_POINT: Final = "FIXED POINT"
_DESIGNATED_INVALID: Final = 0xFE


def fixed_point(index: int, unit: int, step: int, part: str) -> StepDescription:
    """A step from a state to itself."""
    return StepDescription(index, unit, step, part, FIXED_POINT)


def describe_entry(
    application: Application, at: int, index: int, unit: int, step: int, part: str
) -> StepDescription:
    """Step ``at`` of an application."""
    if at >= application.length:
        return fixed_point(index, unit, step, part)
    entry = application.entry(at)
    if entry is None:
        return StepDescription(index, unit, step, part, "STATE: nothing is left to apply")
    key, before, after = entry
    change = Change(f"key 0x{key.hex()}", _hex(before), _hex(after))
    return StepDescription(index, unit, step, f"entry {at}", "APPLY", changes=(change,))


def describe_step(machine: FastMachine, index: int, unit: int, step: int) -> StepDescription:
    """The next step of the machine, which makes it."""
    part = "begin" if machine.phase is Phase.BEGIN else f"item {unit}"
    kind, frame = _kind_of(machine), machine.frame
    if frame is None:
        changed = machine.advance_seen()
        if machine.phase is Phase.DIFF:
            part = "closing"
        return StepDescription(index, unit, step, part, kind, changes=_changes(changed))
    pc, top = frame.pc, _top(frame)
    machine.fault = ""
    changed = machine.advance_seen()
    goes_on = machine.frame is frame
    return StepDescription(
        index,
        unit,
        step,
        part,
        kind,
        pc,
        frame.address,
        frame.depth,
        _changes(changed),
        (top, _top(frame)) if goes_on else None,
        "" if goes_on else machine.fault,
    )


def _kind_of(machine: FastMachine) -> str:
    frame = machine.frame
    if frame is None:
        return machine.phase.name
    if frame.pending is not None:
        return "COPY" if isinstance(frame.pending, Copy) else "HASH"
    opcode = frame.code.padded[frame.pc]
    if INSTRUCTIONS[opcode] is INVALID and opcode != _DESIGNATED_INVALID:
        return f"UNDEFINED {opcode:#04x}"
    return INSTRUCTIONS[opcode].name


def _top(frame: Frame) -> int | None:
    return frame.stack[-1] if frame.stack else None


def _changes(changed: Iterable[tuple[str, Any, Any, Any]]) -> tuple[Change, ...]:
    changes = [change for entry in changed for change in _words(*entry)]
    return tuple(sorted(changes, key=lambda change: change.what))


def _words(name: str, key: Any, before: Any, after: Any) -> Iterator[Change]:
    """The changes of an entry of a map; only what a player may want to see."""
    if before == after:
        return
    if name == "accounts":
        for what, field in (("balance", balance_of), ("nonce", nonce_of), ("code size", code_size_of)):
            if field(before) != field(after):
                yield Change(f"{what} of 0x{key.hex()}", str(field(before)), str(field(after)))
    elif name == "code_hashes":
        yield Change(f"code of 0x{key.hex()}", _hex(before), _hex(after))
    else:
        what = "storage" if name == "slots" else "transient storage"
        yield Change(f"{what} {key[1]:#x} of 0x{key[0].hex()}", hex(before or 0), hex(after or 0))


def _hex(value: bytes | None) -> str:
    return f"0x{value.hex()}" if value else "nothing"
