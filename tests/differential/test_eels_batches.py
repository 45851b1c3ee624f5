"""Whole batches against EELS: many items, the parent's hash in the EIP-2935 account, BLOCKHASH read from there."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offchain.conformance.case import fake_block_hash
from offchain.evm.history import HISTORY_ADDRESS
from offchain.evm.signing import sign_authorization
from tests.support.assembly import assemble
from tests.support.batches import CALLEE, CONTRACT, KEYS, SENDERS, World, execute, transaction
from tests.support.eels_batch import assert_as_eels, history_world
from tests.support.programs import Call, Scenario, scenario, scenarios

# BLOCKHASH(CALLDATALOAD(0)) to the slot of that number.
ASK = assemble(0, "CALLDATALOAD", "DUP1", "BLOCKHASH", "SWAP1", "SSTORE")


def assert_batch(world: World, items: list[bytes]) -> None:
    ours = execute(world, items, system_call=True)
    assert_as_eels(world, items, ours, system_call=True)


@settings(deadline=None, max_examples=60)
@given(scenarios())
def test_batches_agree_with_eels(found: Scenario) -> None:
    assert_batch(history_world(found.world), found.items)


@settings(deadline=None, max_examples=15)
@given(st.lists(scenarios(), min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_long_batches_in_any_order_agree_with_eels(parts: list[Scenario], pick: random.Random) -> None:
    # The calls of all parts, on the contracts of the first: wrong nonces are skipped by both.
    calls: list[Call] = [call for part in parts for call in part.calls]
    pick.shuffle(calls)
    nonces = dict.fromkeys(KEYS, 0)
    items = []
    for call in calls:
        items.append(call.raw(nonce=nonces[call.key]))
        nonces[call.key] += 1
    assert_batch(history_world(parts[0].world), items)


@settings(deadline=None, max_examples=20)
@given(scenarios(), st.integers(100_000, 1_500_000))
def test_batches_that_run_full_agree_with_eels(found: Scenario, gas_limit: int) -> None:
    filler = [transaction(CONTRACT, KEYS[3], nonce=n, gas_limit=90_000) for n in range(12)]
    assert_batch(
        history_world(found.world.with_context(gas_limit=gas_limit)), [*filler[:6], *found.items, *filler[6:]]
    )


@pytest.mark.parametrize("number", [1, 5, 256, 257, 258, 8_190, 8_191, 8_192, 8_447, 1_000_000])
def test_block_hashes_agree_with_eels(number: int) -> None:
    asked = [
        0,
        1,
        number - 257,
        number - 256,
        number - 255,
        number - 2,
        number - 1,
        number,
        number + 1,
        1 << 64,
    ]
    asked = [n for n in asked if n >= 0]
    world = history_world(World.of({CONTRACT: ASK}).with_context(number=number))
    items = [
        transaction(nonce=nonce, data=n.to_bytes(32, "big"), gas_limit=100_000)
        for nonce, n in enumerate(asked)
    ]
    batch = execute(world, items, system_call=True)
    assert_as_eels(world, items, batch, system_call=True)
    for n in asked:
        seen = max(0, number - 256) <= n < number
        assert batch.slot(CONTRACT, n) == (int.from_bytes(fake_block_hash(n), "big") if seen else 0)


def test_the_history_contract_agrees_with_eels() -> None:
    # CALL the EIP-2935 account with CALLDATA, store success and the word that comes back.
    ask = assemble(32, 0, 0, "CALLDATACOPY") + assemble(
        *(
            32,
            32,
            32,
            0,
            0,
            int.from_bytes(HISTORY_ADDRESS, "big"),
            "GAS",
            "CALL",
            0,
            "CALLDATALOAD",
            "SSTORE",
        ),
        *(32, "MLOAD", 0, "CALLDATALOAD", "NOT", "SSTORE"),
    )
    world = history_world(World.of({CONTRACT: ask}))
    number = world.context.number
    asked = [number - 1, number - 2, number - 256, number - 299, number - 301, number, 0, number - 8_192]
    items = [
        transaction(nonce=nonce, data=(n % (1 << 256)).to_bytes(32, "big")) for nonce, n in enumerate(asked)
    ]
    batch = execute(world, items, system_call=True)
    assert_as_eels(world, items, batch, system_call=True)
    mask = (1 << 256) - 1
    for n in asked[:4]:
        assert batch.slot(CONTRACT, ~n & mask) == int.from_bytes(fake_block_hash(n), "big")
    assert batch.slot(CONTRACT, number) == 0


def test_delegations_across_a_batch_agree_with_eels() -> None:
    """Delegate, use, redelegate, clear: by the account itself, by others, in one batch."""
    code = assemble("CALLER", "ADDRESS", "SSTORE", 1, 0, 0, 0, 0, 0, 0, "GAS", "CALL", "POP")
    world = World.of({CONTRACT: code, CALLEE: assemble(7, 7, "SSTORE")})
    authority, key = SENDERS[3], KEYS[3]

    def delegating(to: bytes, nonce: int, sender: int, sender_nonce: int, target: bytes = authority) -> bytes:
        tuples = [sign_authorization(key, chain_id=0, address=to, nonce=nonce)]
        return transaction(target, KEYS[sender], type=4, nonce=sender_nonce, authorizations=tuples)

    items = [
        delegating(CONTRACT, 0, 0, 0),
        transaction(authority, KEYS[1], value=5),
        delegating(CALLEE, 2, 3, 1),  # self-sponsored: its own nonce comes first
        transaction(authority, KEYS[1], nonce=1),
        transaction(CONTRACT, KEYS[3], nonce=3),  # a delegated sender
        delegating(bytes(20), 4, 0, 1),
        transaction(authority, KEYS[1], nonce=2),
        delegating(CONTRACT, 4, 0, 2),  # stale: passed over
    ]
    ours = execute(world, items, system_call=False)
    assert_as_eels(world, items, ours)
    assert all(receipt.status == "success" for receipt in ours.receipts)
    assert ours.account(authority).code == b""
    assert ours.account(authority).nonce == 5
    assert ours.account(authority).storage[7] == 7


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_a_thousand_batches_agree_with_eels(seed: int) -> None:
    numbers = random.Random(1_000 + seed)
    for _ in range(1_000):
        data = numbers.randbytes(numbers.choice((100, 300, 700)))
        found = scenario(data)
        try:
            assert_batch(history_world(found.world), found.items)
        except AssertionError as error:
            raise AssertionError(f"scenario(bytes.fromhex({data.hex()!r})): {error}") from error
