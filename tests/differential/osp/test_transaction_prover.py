"""TransactionProver finds the machine's successor where a transaction starts, is settled and purged."""

from __future__ import annotations

from typing import Any

import pytest

from offchain.evm.calls import create_address
from offchain.evm.code import delegation_to
from offchain.evm.phase import Phase
from tests.support.assembly import assemble, creation_of, push
from tests.support.batches import (
    CALLEE,
    COINBASE,
    CONTRACT,
    OTHER,
    SENDER,
    SENDERS,
    address,
    transaction,
)
from tests.support.phase_steps import (
    AUTHORITY,
    STORE,
    WORLD,
    created_by,
    phases_of,
    run,
    steps_of,
    suicidal,
)
from tests.support.prover_contracts import assert_proven, successor
from tests.support.step_proofs import proven_steps, proving_machine

# START

DELEGATES = {
    "to code": delegation_to(CONTRACT),
    "to no account": delegation_to(address(0xDEAD)),
    "to an account without code": delegation_to(SENDERS[1]),
    "to itself": delegation_to(OTHER),
    "to a delegation": delegation_to(AUTHORITY),
    "to a precompile": delegation_to(address(2)),
    "not at all": bytes(23),
}


@pytest.mark.parametrize("name", DELEGATES)
@pytest.mark.parametrize("value", [0, 5])
def test_the_top_frame_follows_one_delegation(name: str, value: int) -> None:
    world = WORLD.with_account(OTHER, code=DELEGATES[name]).with_account(
        AUTHORITY, code=delegation_to(CONTRACT)
    )
    lists: tuple[list[tuple[bytes, list[int]]], ...] = ([], [(CONTRACT, []), (OTHER, [])])
    for access_list in lists:
        assert run(OTHER, world=world, value=value, access_list=access_list)[Phase.START] == 1


@pytest.mark.parametrize("to", [SENDER, SENDERS[1], COINBASE, CONTRACT, CALLEE, address(0xDEAD), bytes(20)])
@pytest.mark.parametrize("value", [0, 1])
def test_the_value_moves_when_the_top_frame_opens(to: bytes, value: int) -> None:
    assert run(to, value=value)[Phase.START] == 1


@pytest.mark.parametrize("number", [*range(1, 11), 0x0B, 0x100])
@pytest.mark.parametrize("value", [0, 1])
def test_a_precompile_runs_in_the_step_that_would_open_its_frame(number: int, value: int) -> None:
    data = {5: bytes(31) + b"\x01" + bytes(31) + b"\x01" + bytes(31) + b"\x01" + b"\x03\x02\x05"}.get(
        number, b""
    )
    for content in (data, bytes(96), b"\x01" * 160, bytes(212) + b"\x01"):
        for gas_limit in (30_000, 400_000):
            item = transaction(address(number), value=value, data=content, gas_limit=gas_limit)
            steps = proven_steps(proving_machine(WORLD, [item]))
            for step in list(steps)[1:]:
                if step.phase is Phase.START and number == 0x0B and successor(step) is None:
                    continue  # this L1 is older than the precompile, which is no fault of the L2
                assert_proven(step)
                assert step.phase is not Phase.EXECUTE


def test_a_precompile_refuses_more_input_than_it_may_get() -> None:
    for number, size in ((2, 65_536), (2, 65_537), (4, 65_537), (3, 65_537)):
        item = transaction(address(number), data=b"\x01" * size, gas_limit=1 << 24)
        assert phases_of(steps_of([item]))[Phase.START] == 1


@pytest.mark.parametrize(
    "data", [b"", b"\x00", STORE, creation_of(STORE), b"\xfe", bytes(300), b"\x7f" * 600]
)
@pytest.mark.parametrize("value", [0, 9])
def test_a_creation_opens_its_frame(data: bytes, value: int) -> None:
    assert run(None, data=data, value=value)[Phase.START] == 1


@pytest.mark.parametrize(
    "account", [{"nonce": 1}, {"code": b"\x00"}, {"balance": 5}, {"nonce": (1 << 64) - 1}, {}]
)
@pytest.mark.parametrize("kind", [0, 1, 2])
def test_a_creation_may_collide(account: dict[str, Any], kind: int) -> None:
    world = WORLD.with_account(create_address(SENDER, 0), **account)
    assert run(None, data=creation_of(STORE), type=kind, value=1, world=world)[Phase.START] == 1


# SETTLE


@pytest.mark.parametrize("coinbase", [COINBASE, SENDER, CONTRACT, address(0xDEAD), address(3), bytes(20)])
@pytest.mark.parametrize("tip", [0, 2, 13])
def test_the_settlement_pays_sender_and_coinbase(coinbase: bytes, tip: int) -> None:
    for to in (CONTRACT, CALLEE, SENDERS[1]):
        phases = run(to, max_priority_fee=tip, world=WORLD.with_context(coinbase=coinbase))
        assert phases[Phase.SETTLE] == 1


def test_the_settlement_gives_back_a_fifth_at_most_and_takes_the_floor_at_least() -> None:
    clearing = b"".join(assemble(0, slot, "SSTORE") for slot in range(20))
    world = WORLD.with_account(OTHER, code=clearing, storage=dict.fromkeys(range(20), 1))
    for data in (b"", b"\x01" * 9_000):
        assert run(OTHER, data=data, world=world)[Phase.SETTLE] == 1
    exact = 21_000 + 40 * 100
    assert run(SENDERS[1], data=b"\x01" * 100, gas_limit=exact)[Phase.SETTLE] == 1


def test_a_sender_may_spend_all_that_it_has() -> None:
    world = WORLD.with_account(SENDER, balance=1_000_000 * 20 + 3)
    assert run(SENDERS[1], value=3, world=world, max_priority_fee=20)[Phase.SETTLE] == 1


# PURGE


@pytest.mark.parametrize("slots", [0, 1, 5])
def test_a_contract_that_is_gone_takes_its_slots_with_it(slots: int) -> None:
    phases = run(None, data=suicidal(slots), value=7)
    assert phases[Phase.PURGE] == slots + 1


def test_slots_of_new_contracts_that_stay_are_passed_over() -> None:
    stays = creation_of(b"\x00")
    phases = run(None, data=assemble(1, 1, "SSTORE", 2, 2, "SSTORE") + stays)
    assert phases[Phase.PURGE] == 2


def test_many_contracts_are_unwound_in_one_transaction() -> None:
    short = assemble(1, 1, "SSTORE", "CALLER", "SELFDESTRUCT")
    kept = assemble(1, 2, "SSTORE", 3, 4, "SSTORE")
    itself = assemble(1, 1, "SSTORE", "ADDRESS", "SELFDESTRUCT")
    for tail in (b"", assemble(0, 0, "REVERT")):
        world = WORLD.with_account(OTHER, code=created_by([short, kept, short, itself], tail), balance=50)
        phases = run(OTHER, world=world)
        assert phases[Phase.PURGE] == (0 if tail else 8)


def test_a_contract_with_code_is_purged_with_its_code() -> None:
    body = assemble(1, 1, "SSTORE", "CALLER", "SELFDESTRUCT")
    code = assemble(push(int.from_bytes(creation_of(body).ljust(32, b"\0"))), 0, "MSTORE") + assemble(
        len(creation_of(body)), 0, 3, "CREATE", 0, 0, 0, 0, 0, "DUP6", "GAS", "CALL"
    )
    assert len(creation_of(body)) <= 32
    world = WORLD.with_account(OTHER, code=code, balance=50)
    assert run(OTHER, world=world)[Phase.PURGE] == 2


def test_a_coinbase_that_is_purged_loses_its_tip() -> None:
    world = WORLD.with_context(coinbase=create_address(SENDER, 0))
    assert run(None, data=suicidal(1), world=world)[Phase.PURGE] == 2
