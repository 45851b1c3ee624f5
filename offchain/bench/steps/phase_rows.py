"""Steps outside of frames: begin and end of a batch, lists, start, settlement, purge, and a diff applied to a state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

from offchain.batches.codec import MAX_ORDER_SIZE, encode_order
from offchain.bench.steps.arenas import DELEGATE, DELEGATED, FULL, MAX_CODE, MAX_INITCODE, OTHER, dense
from offchain.bench.steps.assembler import code_of, pushes
from offchain.bench.steps.deep_machine import (
    CONTEXT_OF_ALL,
    ETHER,
    SENDER,
    DeepMachine,
    Question,
    Stage,
    Wanted,
    signed,
)
from offchain.bench.steps.depths import Depths, fillers
from offchain.bench.steps.row import Candidate, Row, candidate
from offchain.conformance.case import Account
from offchain.evm.calls import create_address
from offchain.evm.code import delegation_to
from offchain.evm.items import FIRST_ITEM, LENGTH_BYTES
from offchain.evm.phase import Phase
from offchain.evm.signing import address_of_key, sign_authorization
from offchain.hashing import keccak
from offchain.proofs.application import Application
from offchain.proofs.encoding import MACHINE_TAG, hash_of, machine_bytes
from offchain.proofs.fixed_points import finished_unit_witness
from offchain.trees.sparse_merkle_tree import SparseMerkleTree

__all__ = ["NEW", "at_phase", "in_the_middle", "phase_rows"]

_AUTHORITY_KEY: Final = b"\x3c" * 32
_AUTHORITY: Final = address_of_key(_AUTHORITY_KEY)
#: What a creating transaction of SENDER makes.
NEW: Final = create_address(SENDER, 7)
_DELEGATED: Final = {
    DELEGATED: Account(1, ETHER, delegation_to(DELEGATE)),
    DELEGATE: Account(1, ETHER, dense(b"", MAX_CODE)),
}
_JUNK: Final = 0x11


def in_the_middle(raw: bytes, at: int = 0) -> bytes:
    """An order of 1 MiB without zeros whose middle is byte ``at`` of the item: all siblings of a range there are full.

    What stands before and behind the item is skipped for its size.
    """
    before = MAX_ORDER_SIZE // 2 - at - FIRST_ITEM - 2 * LENGTH_BYTES
    head = encode_order([bytes([_JUNK]) * before, raw])
    return head + bytes([_JUNK]) * (MAX_ORDER_SIZE - len(head))


def at_phase(phase: Phase, index: int = 0) -> Wanted:
    """Before the step of the phase that comes up for the time ``index``."""
    seen = 0

    def wanted(machine: DeepMachine) -> bool:
        nonlocal seen
        if machine.phase is not phase:
            return False
        seen += 1
        return seen == index + 1

    return wanted


def phase_rows() -> Iterator[Row]:
    """One row for each phase, or each way through it."""
    small = Stage.of({}, signed(OTHER, value=1), addresses=(OTHER,))
    yield _row("BEGIN", "a slot that is absent", small, Phase.BEGIN)
    yield _row("end of a batch", "", small, Phase.ITEM, 1, deep=False)
    yield from _lists()
    yield from _starts()
    paid = Stage.of({}, signed(OTHER, value=1), addresses=(OTHER,))
    yield _row("SETTLE", "change for the sender, a tip for the coinbase", paid, Phase.SETTLE)
    # Two slots are filled, so that the purge of the second one still leaves a list.
    gone = code_of(pushes(FULL, FULL), "SSTORE", pushes(FULL - 1, FULL), "SSTORE", "CALLER", "SELFDESTRUCT")
    purged = Stage.of(
        {}, signed(None, data=gone, value=0xFF), addresses=(NEW,), slots=((NEW, FULL), (NEW, FULL - 1))
    )
    yield _row("PURGE of a slot", "of a destroyed contract", purged, Phase.PURGE, 0)
    yield _row("PURGE of a contract", "its code entry and account", purged, Phase.PURGE, 2)
    yield Row("APPLY (an entry)", "phases", tuple(_applications()))
    finished = Candidate("of a finished unit", _finished)
    yield Row("a fixed point", "phases", (finished,), deep=False)


def _row(kind: str, why: str, stage: Stage, phase: Phase, index: int = 0, *, deep: bool = True) -> Row:
    return Row(kind, "phases", (candidate(why or "alone", stage, lambda: at_phase(phase, index)),), deep)


def _deep_stage(raw: bytes, at: int, **changes: Any) -> Stage:
    return replace(Stage.of(changes.pop("accounts", {}), **changes), data=in_the_middle(raw, at))


def _lists() -> Iterator[Row]:
    across = "its bytes across the middle of 1 MiB of full order"
    key = FULL - 7
    raw = signed(OTHER, access_list=[(DELEGATE, [key])])
    at = raw.index(DELEGATE)
    listed: dict[str, Any] = {"addresses": (OTHER, DELEGATE), "slots": ((DELEGATE, key),)}
    yield _row("ACCESS_LIST, an address", across, _deep_stage(raw, at, **listed), Phase.ACCESS_LIST)
    at = raw.index(key.to_bytes(32, "big")) + 16
    yield _row("ACCESS_LIST, a key", across, _deep_stage(raw, at, **listed), Phase.ACCESS_LIST, 1)
    entry = sign_authorization(
        _AUTHORITY_KEY, chain_id=CONTEXT_OF_ALL.chain_id, address=DELEGATE, nonce=0x1111111111111111
    )
    raw = signed(OTHER, type=4, authorizations=[entry])
    at = raw.index(DELEGATE)
    accounts = {_AUTHORITY: Account(0x1111111111111111, ETHER, delegation_to(OTHER)), **_DELEGATED}
    stage = _deep_stage(raw, at, accounts=accounts, addresses=(OTHER,))
    yield _row(
        "AUTHORIZATION", f"of an account that has another delegate, {across}", stage, Phase.AUTHORIZATION
    )


def _starts() -> Iterator[Row]:
    raw = signed(DELEGATED, value=0xFF, data=b"\x11" * 64)
    stage = _deep_stage(raw, 0, accounts=_DELEGATED)
    yield _row("START of a call", "a cold delegate, with value", stage, Phase.START)
    raw = signed(None, value=0xFF, data=b"\x5b" * MAX_INITCODE)
    stage = _deep_stage(raw, MAX_INITCODE // 2, addresses=(NEW,))
    why = (
        "49,152 bytes of initcode, all of one byte each, across the middle of 1 MiB of full order, with value"
    )
    yield _row("START of a creation", why, stage, Phase.START)


def _applications() -> Iterator[Candidate]:
    for why, before, after in (
        ("a new key", False, True),
        ("another value", True, True),
        ("a key that goes", True, False),
    ):
        yield Candidate(why, _applied(before, after))


def _applied(before: bool, after: bool) -> Callable[[Depths], Question]:
    """The step that takes the leftmost entry of a deep diff and writes it into a deep state."""

    def ask(depths: Depths) -> Question:
        key = (int.from_bytes(keccak(b"the leftmost key")) >> depths.diff).to_bytes(32, "big")
        state = SparseMerkleTree(fillers([key], depths.state))
        if before:
            state.set(key, b"\x11" * 32)
        value = b"\x22" * 32 if after else bytes(32)
        run = Application(state, {**fillers([key], depths.diff), key: value})
        return Question(keccak(b"context"), 0x111, run.hash(0), run.hash(1), run.witness(0))

    return ask


def _finished(depths: Depths) -> Question:
    """A state of the next unit, which stays as it is."""
    roots = [keccak(bytes([number])) for number in range(3)]
    struct = machine_bytes(Phase.EXECUTE, 0x112, 0x11111111, 0x1111111111111111, *roots)
    state = hash_of(MACHINE_TAG, struct)
    return Question(keccak(b"context"), 0x111, state, state, finished_unit_witness(struct))
