"""A step in words, for people who look at a dispute."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Change", "StepDescription"]


@dataclass(frozen=True, slots=True)
class Change:
    """An entry of the state that a step has changed. ``what`` names it; values are words, or texts of hashes."""

    what: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.what} {self.before} -> {self.after}"


@dataclass(frozen=True, slots=True)
class StepDescription:
    """``part``: "begin", "item 3", "closing" or "behind the last unit", "entry 7" of an application.

    ``step``: within it. ``kind``: the mnemonic of an instruction, COPY or HASH of a micro-step, else the phase, or
    FIXED POINT.
    ``pc``, ``address`` (whose context runs) and ``depth`` are None outside of frames; ``top`` is the top of the stack
    before and after, None where there is none; ``outcome`` is "" unless the frame halts.
    """

    index: int
    unit: int
    step: int
    part: str
    kind: str
    pc: int | None = None
    address: bytes | None = None
    depth: int | None = None
    changes: tuple[Change, ...] = ()
    top: tuple[int | None, int | None] | None = None
    outcome: str = ""

    def __str__(self) -> str:
        text = f"{self.part}, step {self.step:,}: {self.kind}"
        if self.pc is not None and self.address is not None:
            text += f" at pc {self.pc:#x} of 0x{self.address.hex()}"
            if self.depth:
                text += f" (depth {self.depth})"
        if self.outcome:
            text += f", {self.outcome}"
        if self.changes:
            return f"{text}: {'; '.join(map(str, self.changes))}"
        if self.top is not None:
            return f"{text}: top of the stack {_word(self.top[0])} -> {_word(self.top[1])}"
        return text


def _word(word: int | None) -> str:
    return "nothing" if word is None else hex(word)
