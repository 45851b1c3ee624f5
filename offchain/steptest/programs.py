"""State tests of our own that reach every outcome of every instruction, beside the official ones.

One case for each instruction: a contract that calls each of its `attempts`. A full stack takes a thousand steps to
pile up, so each of those is a case of its own, of which only the ends are asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from offchain.conformance.case import Account, BlockEnvironment, StateCase
from offchain.evm.instructions import INSTRUCTIONS
from offchain.evm.signing import address_of_key, sign_transaction
from offchain.hashing import keccak
from offchain.steptest.assembly import assemble, push
from offchain.steptest.attempts import (
    TARGET,
    TARGET_CODE,
    Attempt,
    attempts,
    attempts_without_instruction,
    full_stack,
)
from offchain.steptest.outcomes import UNDEFINED, mnemonic

__all__ = ["FULL_STACK_SAMPLE", "PATH", "Program", "ProgramJob", "program_jobs", "programs"]

#: What mismatches name in place of a file.
PATH: Final = "generated programs"
#: Of a program that fills the stack so many steps are asked about.
FULL_STACK_SAMPLE: Final = 30

_PARTS: Final = 4
_KEY: Final = b"\x51" * 32
_CALLER: Final = (0xCA11E4).to_bytes(20, "big")
_FIRST: Final = 0xA77E0000  # the attempts' addresses, from here on
_ENVIRONMENT: Final = BlockEnvironment(
    number=9,
    timestamp=1_700_000_000,
    prevrandao=b"\x7a" * 32,
    coinbase=(0xC014BA5E).to_bytes(20, "big"),
    gas_limit=30_000_000,
    base_fee=7,
    excess_blob_gas=0,
    chain_id=901,
)


@dataclass(frozen=True, slots=True)
class Program:
    """A case, and how many of its steps are asked about; None: all."""

    case: StateCase
    sample: int | None = None


@dataclass(frozen=True, slots=True)
class ProgramJob:
    """Every ``parts``-th program, from the ``part``-th on."""

    part: int
    parts: int

    def programs(self) -> Iterator[Program]:
        """The programs of this part."""
        return (program for place, program in enumerate(programs()) if place % self.parts == self.part)


def program_jobs() -> list[ProgramJob]:
    """All programs in a few parts."""
    return [ProgramJob(part, _PARTS) for part in range(_PARTS)]


def programs() -> Iterator[Program]:
    """The same programs each time, by opcode."""
    known = {mnemonic(opcode): opcode for opcode in range(len(INSTRUCTIONS))}
    for name, opcode in known.items():
        if name == UNDEFINED:
            yield _calls(name, attempts_without_instruction())
            continue
        yield _calls(name, attempts(opcode))
        code = full_stack(opcode)
        if code is not None:
            yield Program(_case(f"{name}, full stack", {_CALLER: code}), FULL_STACK_SAMPLE)


def _calls(name: str, todo: Iterable[Attempt]) -> Program:
    """A contract that calls all of these, each at an address of its own."""
    codes = {TARGET.to_bytes(20, "big"): TARGET_CODE}
    caller = b""
    for place, attempt in enumerate(todo):
        address = _FIRST + place
        codes[address.to_bytes(20, "big")] = attempt.code
        regions = push(0) * (4 if attempt.static else 5)  # ... and a value of 0
        kind = "STATICCALL" if attempt.static else "CALL"
        caller += regions + assemble(address, attempt.gas, kind, "POP")
    return Program(_case(name, codes | {_CALLER: caller}))


def _case(name: str, codes: dict[bytes, bytes]) -> StateCase:
    """One transaction that calls the contract at `_CALLER`; nothing is expected of what it leaves."""
    pre = {address: Account(1, 1_000, code) for address, code in codes.items()}
    pre[address_of_key(_KEY)] = Account(0, 10**20, b"")
    raw = sign_transaction(
        _KEY,
        chain_id=_ENVIRONMENT.chain_id,
        nonce=0,
        gas_limit=3_000_000,
        max_fee=20,
        max_priority_fee=2,
        to=_CALLER,
        data=b"\x0d" * 40,
    )
    return StateCase(
        path=PATH,
        name=name,
        fork="Osaka",
        environment=_ENVIRONMENT,
        pre=pre,
        raw=raw,
        expected_root=b"",
        expected_logs=b"",
        expected_exception=None,
        test_hash=keccak(name.encode()),
    )
