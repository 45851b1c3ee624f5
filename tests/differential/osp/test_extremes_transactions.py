"""The ends of every range, around frames: funds, gas, fees, nonces, chain ids, authorizations, new and dying contracts.

An honest player has to have a provable successor for each of these states, and it has to be the one of the field.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from offchain.conformance.case import Account
from offchain.evm.authorization import Authorization
from offchain.evm.calls import create_address
from offchain.evm.code import delegation_to
from offchain.evm.phase import Phase
from offchain.evm.signature import SECP256K1_N
from offchain.evm.signing import sign_authorization
from tests.support.assembly import assemble, creation_of, push, store_bytes
from tests.support.batches import (
    CALLEE,
    COINBASE,
    CONTEXT,
    CONTRACT,
    KEYS,
    OTHER,
    SENDER,
    SENDERS,
    World,
    address,
    execute,
    transaction,
)
from tests.support.eels_batch import assert_as_eels
from tests.support.step_proofs import proven_steps, proving_machine
from tests.support.three_ways import agree, check, outcome

HUGE = (1 << 256) - 1
MAX_GAS = 1 << 24


# Funds, gas and nonces

RICH = (1 << 160) - 1


def _world(code: bytes = b"", nonce: int = 0) -> World:
    """SENDER has all the wei there can be; CONTRACT has the code."""
    return World({SENDER: Account(nonce, RICH, b""), CONTRACT: Account(1, 0, code)}, CONTEXT)


@pytest.mark.parametrize("over", [0, 1])
@pytest.mark.parametrize("to", [CONTRACT, address(4), address(1), SENDER, COINBASE, None])
def test_all_the_wei_there_is_moves_in_one_transaction(to: bytes | None, over: int) -> None:
    value = RICH - 100_000 * 20 + over
    world = _world(code=b"\x00")
    item = transaction(to, gas_limit=100_000, value=value)
    agree(world, [item])
    assert outcome(world, item) == ("skipped" if over else "success")


@pytest.mark.parametrize("value", [1 << 160, (1 << 160) + 1, HUGE, HUGE - 2_000_000])
def test_values_that_nobody_can_have_are_skipped(value: int) -> None:
    steps = agree(_world(), [transaction(value=value, gas_limit=100_000)])
    assert Phase.START not in {step.phase for step in steps}


@pytest.mark.parametrize("opcode", ["CALL", "CALLCODE", "CREATE", "CREATE2"])
@pytest.mark.parametrize("value", [RICH, RICH - 1, 1 << 160, HUGE])
def test_values_of_frames_that_nobody_can_have_fail_softly(opcode: str, value: int) -> None:
    words = [0, 0, 0, value] if opcode == "CREATE2" else [0, 0, value]
    if opcode.startswith("CALL"):
        words = [0, 0, 0, 0, value, int.from_bytes(OTHER), 50_000]
    code = assemble(*words, opcode, 1, "SSTORE", "GAS", 2, "SSTORE")
    agree(_world(code=code), [transaction(gas_limit=300_000, value=RICH - 300_000 * 20)])


@pytest.mark.parametrize("gas_limit", [MAX_GAS - 1, MAX_GAS, MAX_GAS + 1, (1 << 64) - 1, 1 << 64])
@pytest.mark.parametrize("batch_gas", [MAX_GAS - 1, MAX_GAS, (1 << 64) - 1])
def test_gas_limits_at_the_ends(gas_limit: int, batch_gas: int) -> None:
    world = _world(code=assemble(":loop", "GAS", 1_000, "LT", "@loop", "POP")).with_context(
        gas_limit=batch_gas
    )
    item = transaction(gas_limit=gas_limit)
    agree(world, [item])
    fits = gas_limit <= min(MAX_GAS, batch_gas)
    assert (outcome(world, item) != "skipped") == fits


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_fees_at_the_ends(kind: int) -> None:
    gas_limit = 100_000
    world = _world()
    price = RICH // gas_limit
    fees = [price, price + 1, HUGE // gas_limit, HUGE // gas_limit + 1, HUGE, 6, 7]
    for fee in fees:
        more: dict[str, Any] = {"max_priority_fee": fee} if kind == 2 else {}
        if kind < 2:
            more["max_priority_fee"] = fee
        item = transaction(type=kind, max_fee=fee, gas_limit=gas_limit, **more)
        agree(world, [item])
        can_pay = 7 <= fee <= price
        assert (outcome(world, item) != "skipped") == can_pay, fee


@pytest.mark.parametrize("base_fee", [0, 1, (1 << 128) - 1])
@pytest.mark.parametrize("coinbase", [COINBASE, SENDER, CONTRACT, address(1), address(0)])
def test_who_may_be_the_coinbase(base_fee: int, coinbase: bytes) -> None:
    world = _world(code=assemble("COINBASE", "BALANCE", "COINBASE", "EXTCODEHASH", 1, "SSTORE"))
    world = world.with_context(coinbase=coinbase, base_fee=base_fee)
    fees: dict[str, Any] = {"max_fee": base_fee + 5, "max_priority_fee": 2}
    agree(
        world, [transaction(gas_limit=100_000, **fees), transaction(None, nonce=1, gas_limit=100_000, **fees)]
    )


@pytest.mark.parametrize("nonce", [0x7F, 0x80, 0xFF, 1 << 32, (1 << 64) - 3, (1 << 64) - 2, (1 << 64) - 1])
@pytest.mark.parametrize("to", [CONTRACT, None])
def test_nonces_at_the_ends(nonce: int, to: bytes | None) -> None:
    world = _world(assemble(1, 1, "SSTORE"), nonce)
    data = b"" if to else creation_of(b"\x00")
    items = [transaction(to, nonce=nonce + n, gas_limit=200_000, data=data) for n in range(2)]
    if nonce == (1 << 64) - 1:
        items.pop()  # no such transaction can be signed
    agree(world, items)
    included = [str(receipt.status) != "skipped" for receipt in execute(world, items).receipts]
    assert included == [nonce + n < (1 << 64) - 1 for n in range(len(items))]


def test_a_sender_without_nonces_left_can_not_create_by_its_delegate_either() -> None:
    creates = assemble(0, 0, 0, "CREATE", 1, "SSTORE", "GAS", 2, "SSTORE")
    world = _world(creates, (1 << 64) - 2).with_account(SENDER, code=delegation_to(CONTRACT))
    item = transaction(SENDER, nonce=(1 << 64) - 2, gas_limit=300_000)
    agree(world, [item])
    assert execute(world, [item]).slot(SENDER, 1) == 0


@pytest.mark.parametrize("chain_id", [1, 0x7F, 0x80, (1 << 63) - 1, 1 << 63, (1 << 64) - 1])
def test_chain_ids_at_the_ends(chain_id: int) -> None:
    world = _world(code=assemble("CHAINID", 1, "SSTORE")).with_context(chain_id=chain_id)
    for kind in (0, 1, 2):
        for of in (chain_id, chain_id - 1, (chain_id + 1) % (1 << 64)):
            item = transaction(type=kind, chain_id=of, gas_limit=100_000, max_fee=20, max_priority_fee=20)
            steps = list(proven_steps(proving_machine(world, [item])))
            check(steps[1:])
            mine = execute(world, [item])
            assert (str(mine.receipt.status) == "success") == (of == chain_id)
            if of == chain_id or kind == 0:  # EELS does not compare those of typed transactions
                assert_as_eels(world, [item], mine)


# Authorizations

AUTHORITY = SENDERS[3]


def _tuple(key: bytes = KEYS[3], **changes: Any) -> Authorization:
    fields: dict[str, Any] = {"chain_id": CONTEXT.chain_id, "address": CONTRACT, "nonce": 0}
    return sign_authorization(key, **(fields | changes))


def _odd_tuples() -> Iterator[Authorization]:
    yield _tuple()
    yield _tuple(nonce=1)
    yield _tuple(nonce=1)
    for chain_id in (0, 1, 1 << 64, (1 << 64) + CONTEXT.chain_id, HUGE):
        yield _tuple(chain_id=chain_id, nonce=2)
    for nonce in ((1 << 64) - 1, (1 << 64) - 2):
        yield _tuple(nonce=nonce)
    for at in (AUTHORITY, SENDER, address(1), address(0x100), address(0), OTHER):
        yield _tuple(KEYS[2], address=at, nonce=0)
        yield _tuple(KEYS[3], address=at, nonce=3)
    good = _tuple(nonce=4)
    odd: tuple[dict[str, Any], ...] = (
        {"y_parity": 1 - good.y_parity},
        {"y_parity": 2},
        {"y_parity": 27},
        {"y_parity": 255},
        {"s": SECP256K1_N - good.s, "y_parity": 1 - good.y_parity},
        {"s": 0},
        {"r": 0},
        {"r": SECP256K1_N},
        {"r": HUGE, "s": HUGE},
        {"r": 5},
    )
    for changes in odd:
        yield replace(good, **changes)
    yield good
    yield _tuple(KEYS[0], nonce=1)  # by the sender itself
    yield _tuple(KEYS[0], nonce=2, address=SENDER)


def test_tuples_at_the_ends_and_odd_ones_in_any_order() -> None:
    tuples = list(_odd_tuples())
    code = assemble(
        "CALLER", "EXTCODEHASH", 1, "SSTORE", push(int.from_bytes(AUTHORITY)), "EXTCODESIZE", 2, "SSTORE"
    )
    world = World.of({CONTRACT: code}).with_account(SENDERS[2], balance=0)
    choices = random.Random(3)
    for to in (CONTRACT, AUTHORITY, SENDER, SENDERS[2]):
        items = [transaction(to, authorizations=tuples, gas_limit=2_000_000)]
        mixed = choices.sample(tuples, len(tuples))
        nonce = execute(world, items).account(SENDER).nonce
        items.append(transaction(to, authorizations=mixed, gas_limit=2_000_000, nonce=nonce, value=3))
        agree(world, items)


@pytest.mark.parametrize("nonce", [(1 << 64) - 3, (1 << 64) - 2, (1 << 64) - 1])
def test_an_authority_with_hardly_a_nonce_left(nonce: int) -> None:
    world = World.of({CONTRACT: b""}).with_account(AUTHORITY, nonce=nonce)
    tuples = [_tuple(nonce=nonce + n) for n in range(3) if nonce + n < 1 << 64]
    agree(world, [transaction(authorizations=tuples)])


# Creations and destructions in one transaction


def _creates(init: bytes, value: int, *after: object) -> bytes:
    assert len(init) <= 64
    return store_bytes(init) + assemble(5, len(init), 0, value, "CREATE2", *after)


HEIRS = ("itself", "creator", "sender", "coinbase", "fresh", "precompile", "nobody")


def _heir(name: str) -> bytes:
    if name == "itself":
        return assemble("ADDRESS")
    if name == "creator":
        return assemble("CALLER")
    if name in ("sender", "coinbase"):
        return assemble("ORIGIN" if name == "sender" else "COINBASE")
    return push({"fresh": 0xF2E54, "precompile": 2, "nobody": 0}[name])


@pytest.mark.parametrize("heir", HEIRS)
@pytest.mark.parametrize("coinbase", ["other", "sender", "contract", "creator"])
def test_a_new_contract_destroys_itself_twice_and_is_paid_in_between(heir: str, coinbase: str) -> None:
    destroys = assemble(1, 1, "SSTORE", 2, 2, "TSTORE", _heir(heir), "SELFDESTRUCT")
    runtime = assemble("SELFBALANCE", "CALLVALUE", "SSTORE", _heir(heir), "SELFDESTRUCT")
    for init in (destroys, creation_of(runtime)):
        call = assemble("DUP1", 0, "MSTORE", *(0, 0, 0, 0, 7, 0, "MLOAD", 100_000, "CALL", "POP"))
        code = _creates(init, 11, "DUP1", 9, "SSTORE") + call + assemble(*(0, 0, 0, 0, 3, 0, "MLOAD"))
        code += assemble(100_000, "CALL", "POP", "EXTCODEHASH", 8, "SSTORE")
        code += _creates(init, 0, 7, "SSTORE")  # collides
        new = execute(World.of({CONTRACT: code}), [transaction()]).slot(CONTRACT, 9).to_bytes(20, "big")
        at = {"other": COINBASE, "sender": SENDER, "contract": new, "creator": CONTRACT}[coinbase]
        world = World.of({CONTRACT: code}).with_context(coinbase=at)
        agree(world, [transaction(), transaction(nonce=1, value=5)])


def test_a_destruction_that_is_reverted_leaves_the_contract() -> None:
    init = creation_of(assemble("CALLER", "SELFDESTRUCT"))
    inner = assemble(*(0, 0, 0, 0, 0, 0, "CALLDATALOAD", 100_000, "CALL"), 0, 0, "REVERT")
    code = _creates(init, 11, 0, "MSTORE")
    code += assemble(*(0, 0, 32, 0, 0, push(int.from_bytes(CALLEE)), 200_000, "CALL"))
    code += assemble(1, "SSTORE", 0, "MLOAD", "EXTCODESIZE", 2, "SSTORE")
    world = World.of({CONTRACT: code, CALLEE: inner})
    agree(world, [transaction()])
    assert execute(world, [transaction()]).slot(CONTRACT, 2) == 2


@pytest.mark.parametrize(
    "there", [{"nonce": 1}, {"code": b"\xef\x01\x00" + OTHER, "nonce": 1}, {"code": b"\x00"}, {"balance": 9}]
)
def test_a_creation_where_somebody_is(there: dict[str, Any]) -> None:
    world = World.of({CONTRACT: b""}).with_account(create_address(SENDER, 0), **there)
    agree(world, [transaction(None, data=creation_of(b"\x00"), value=4)])


@pytest.mark.parametrize("first", [0xEE, 0xEF, 0xF0])
@pytest.mark.parametrize("size", [0, 1, 2, 23, 24_575, 24_576, 24_577])
def test_deposits_at_the_ends(first: int, size: int) -> None:
    init = assemble(first, 0, "MSTORE8", size, 0, "RETURN")
    item = transaction(None, data=init, gas_limit=6_000_000)
    agree(World.of({CONTRACT: b""}), [item])
    good = size == 0 or (first != 0xEF and size <= 24_576)
    assert outcome(World.of({}), item) == ("success" if good else "failure")
