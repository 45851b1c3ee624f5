"""How a frame or a transaction can fail. All of it is data of the machine, none of it an error of ours."""

from __future__ import annotations

__all__ = [
    "ExceptionalHalt",
    "InvalidJump",
    "InvalidOpcode",
    "InvalidTransaction",
    "OutOfGas",
    "OutOfReturnData",
    "PrecompileFailure",
    "StackOverflow",
    "StackUnderflow",
    "StaticWrite",
]


class InvalidTransaction(Exception):  # noqa: N818
    """The item is skipped. ``reason`` is one of the short words of docs/batches.md, ``detail`` the values."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class ExceptionalHalt(Exception):  # noqa: N818
    """A fault of the frame. All have one successor: checkpoint restored, gas 0, no output."""


class StackUnderflow(ExceptionalHalt):
    """The instruction pops more words than there are."""


class StackOverflow(ExceptionalHalt):
    """The stack would pass 1,024 words."""


class OutOfGas(ExceptionalHalt):
    """The gas left does not pay the cost; also any memory past 4 MiB."""


class InvalidOpcode(ExceptionalHalt):
    """No instruction of Osaka, or the designated INVALID."""


class InvalidJump(ExceptionalHalt):
    """The target is no JUMPDEST that starts an instruction."""


class StaticWrite(ExceptionalHalt):
    """A write inside a static call."""


class OutOfReturnData(ExceptionalHalt):
    """RETURNDATACOPY past the end of the return data."""


class PrecompileFailure(ExceptionalHalt):
    """Input that a precompile refuses; the call fails and its gas is gone."""
