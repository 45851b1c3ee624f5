"""TransactionProver walks access lists and authorizations as the machine does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from offchain.evm.code import delegation_to
from offchain.evm.phase import Phase
from offchain.evm.signature import SECP256K1_HALF_N, SECP256K1_N
from offchain.evm.signing import sign_authorization
from tests.support.batches import (
    CALLEE,
    COINBASE,
    CONTEXT,
    CONTRACT,
    KEYS,
    OTHER,
    SENDER,
    address,
    transaction,
)
from tests.support.phase_steps import (
    AUTHORITY,
    WORLD,
    phases_of,
    run,
    steps_of,
    tuple_of,
)

# ACCESS_LIST


@pytest.mark.parametrize("kind", [1, 2, 4])
@pytest.mark.parametrize(
    "access_list",
    [
        [(OTHER, [])],
        [(OTHER, []), (OTHER, [])],
        [(OTHER, [1]), (OTHER, [1, 2])],
        [(OTHER, [0, (1 << 256) - 1])] * 2,
        [(address(4), []), (address(4), [1]), (address(0x11), [1])],
        [(SENDER, []), (COINBASE, [7]), (CONTRACT, [1])],
        [(bytes(20), [0])],
        [(OTHER, list(range(8))), (CALLEE, []), (OTHER, list(range(9)))],
        [(address(n), []) for n in range(30)],
        [(OTHER, [])] * 12 + [(OTHER, range(300))],
    ],
)
def test_an_access_list_becomes_warm_entry_by_entry(
    kind: int, access_list: list[tuple[bytes, Sequence[int]]]
) -> None:
    fields: dict[str, Any] = {"type": kind, "access_list": access_list}
    if kind == 4:
        fields["authorizations"] = [sign_authorization(KEYS[3], chain_id=0, address=CALLEE, nonce=0)]
    phases = run(**fields, gas_limit=2_000_000)
    assert phases[Phase.ACCESS_LIST] == sum(1 + len(keys) for _, keys in access_list)
    assert phases[Phase.AUTHORIZATION] == (kind == 4)
    assert phases[Phase.START] == phases[Phase.SETTLE] == 1


def test_a_list_whose_entries_have_long_headers_is_walked() -> None:
    for count in (1, 2, 7, 8, 1_900):
        phases = run(access_list=[(OTHER, range(count)), (CALLEE, [])], gas_limit=1 << 23)
        assert phases[Phase.ACCESS_LIST] == count + 2


# AUTHORIZATION


GOOD = tuple_of()
TUPLES = {
    "good": GOOD,
    "good on any chain": tuple_of(chain_id=0),
    "of another chain": tuple_of(chain_id=CONTEXT.chain_id + 1),
    "of a chain with a long id": tuple_of(chain_id=(1 << 256) - 1),
    "of a new account": tuple_of(b"\x09" * 32),
    "of the sender": tuple_of(KEYS[0], nonce=1),
    "of the sender with its nonce before": tuple_of(KEYS[0]),
    "with a nonce too high": tuple_of(nonce=1),
    "with the last nonce": tuple_of(nonce=(1 << 64) - 2),
    "with a nonce that can't rise": tuple_of(nonce=(1 << 64) - 1),
    "to no one": tuple_of(address=bytes(20)),
    "to a precompile": tuple_of(address=address(4)),
    "to itself": tuple_of(address=AUTHORITY),
    "with parity 2": replace(GOOD, y_parity=2),
    "with parity 27": replace(GOOD, y_parity=27),
    "with parity 255": replace(GOOD, y_parity=255),
    "with the other parity": replace(GOOD, y_parity=1 - GOOD.y_parity),
    "with r 0": replace(GOOD, r=0),
    "with r too high": replace(GOOD, r=SECP256K1_N),
    "with r of no point": replace(GOOD, r=5),
    "with s 0": replace(GOOD, s=0),
    "with a high s": replace(GOOD, s=SECP256K1_N - GOOD.s, y_parity=1 - GOOD.y_parity),
    "with the highest s": replace(GOOD, s=SECP256K1_HALF_N),
    "with s just too high": replace(GOOD, s=SECP256K1_HALF_N + 1),
    "with s of all ones": replace(GOOD, s=(1 << 256) - 1, r=(1 << 256) - 1),
}
WORLDS = {
    "plain": WORLD,
    "delegated": WORLD.with_account(AUTHORITY, code=delegation_to(OTHER)),
    "with code": WORLD.with_account(AUTHORITY, code=b"\x00"),
    "with code of the size of a delegation": WORLD.with_account(AUTHORITY, code=bytes(23)),
    "delegated as the tuple says": WORLD.with_account(AUTHORITY, code=delegation_to(CALLEE)),
    "absent": WORLD.with_account(AUTHORITY, balance=0),
    "with the last nonce": WORLD.with_account(AUTHORITY, nonce=(1 << 64) - 2),
    "with the highest nonce": WORLD.with_account(AUTHORITY, nonce=(1 << 64) - 1),
}


@pytest.mark.parametrize("name", TUPLES)
@pytest.mark.parametrize("world", WORLDS)
def test_a_tuple_is_applied_or_passed_over(name: str, world: str) -> None:
    phases = run(type=4, authorizations=[TUPLES[name]], world=WORLDS[world])
    assert phases[Phase.AUTHORIZATION] == 1
    assert phases[Phase.START] == 1


def test_tuples_follow_each_other() -> None:
    again = [tuple_of(), tuple_of(nonce=1, address=bytes(20)), tuple_of(nonce=2, address=OTHER), tuple_of()]
    phases = run(AUTHORITY, type=4, authorizations=[*again, *TUPLES.values()], gas_limit=2_000_000)
    assert phases[Phase.AUTHORIZATION] == len(again) + len(TUPLES)


def test_a_delegation_that_is_taken_back_leaves_no_trace_in_the_diff() -> None:
    there = transaction(type=4, authorizations=[tuple_of()])
    back = transaction(type=4, nonce=1, authorizations=[tuple_of(nonce=1, address=bytes(20))])
    assert phases_of(steps_of([there, back]))[Phase.AUTHORIZATION] == 2
