"""The limits of this L2 on one precompile call: 65,536 bytes of input, 4,000,000 gas; the identity is free of them."""

from __future__ import annotations

from hashlib import sha256

import pytest

from offchain.evm.precompiles import MAX_GAS, MAX_INPUT, PRECOMPILES
from offchain.evm.receipt import Status
from tests.support.assembly import assemble, measured, push
from tests.support.batches import CONTRACT, SENDER, Batch, World, address, execute, transaction

GAS = 10_000_000
IDENTITY = 4


def calling(number: int, size: int, value: int = 0) -> bytes:
    call = measured(0, 0, push(size, 3), 0, value, push(number, 2), push(GAS, 3), "CALL")
    # Memory first, so that its price is not part of what is measured.
    return assemble(0, push(max(size, 32) - 32, 3), "MSTORE") + call + assemble("RETURNDATASIZE", 2, "SSTORE")


def run(number: int, size: int, value: int = 0) -> Batch:
    world = World.of({CONTRACT: calling(number, size, value)})
    return execute(world, [transaction(gas_limit=1 << 24)])


def gas_of(batch: Batch) -> int:
    return batch.slot(CONTRACT, 1) - (2 + 2 + 3 + 2 + 2 + 3 + 3) - 100 - 2


@pytest.mark.parametrize("number", sorted(int.from_bytes(at, "big") for at in PRECOMPILES))
def test_input_over_the_limit_fails_and_burns_what_was_given(number: int) -> None:
    batch = run(number, MAX_INPUT + 1)
    if number == IDENTITY:
        assert (batch.slot(CONTRACT, 0), batch.slot(CONTRACT, 2)) == (1, MAX_INPUT + 1)
        assert gas_of(batch) == 15 + 3 * (MAX_INPUT // 32 + 1)
    else:
        assert (batch.slot(CONTRACT, 0), batch.slot(CONTRACT, 2)) == (0, 0)
        assert gas_of(batch) == GAS


@pytest.mark.parametrize(
    ("number", "price"), [(2, 60 + 12 * 2_048), (3, 600 + 120 * 2_048), (4, 15 + 3 * 2_048)]
)
def test_input_at_the_limit_works(number: int, price: int) -> None:
    batch = run(number, MAX_INPUT)
    assert (batch.slot(CONTRACT, 0), gas_of(batch)) == (1, price)


def blake2f(rounds: int) -> bytes:
    """Memory with an input of BLAKE2F, which costs as much gas as it makes rounds, and the call."""
    call = measured(0, 0, 213, 0, 0, 9, push(GAS, 3), "CALL")
    return assemble(push(rounds << 224, 32), 0, "MSTORE", 0, 192, "MSTORE") + call


@pytest.mark.parametrize(("rounds", "works"), [(MAX_GAS, True), (MAX_GAS + 1, False), ((1 << 32) - 1, False)])
def test_a_price_over_the_limit_fails(rounds: int, works: bool) -> None:
    batch = execute(World.of({CONTRACT: blake2f(rounds)}), [transaction(gas_limit=1 << 24)])
    assert batch.slot(CONTRACT, 0) == works
    assert batch.slot(CONTRACT, 1) - (2 + 2 + 3 + 2 + 2 + 3 + 3) - 100 - 2 == (MAX_GAS if works else GAS)


def test_the_limit_is_the_same_for_a_transaction() -> None:
    world = World.of({})
    gas = 21_000 + 10 * (MAX_INPUT + 1) + 4_000_000
    for size, status in ((MAX_INPUT, Status.SUCCESS), (MAX_INPUT + 1, Status.FAILURE)):
        batch = execute(world, [transaction(address(2), data=bytes(size), gas_limit=gas)])
        assert batch.receipt.status is status
        assert batch.receipt.output == (sha256(bytes(size)).digest() if status is Status.SUCCESS else b"")
        assert (batch.receipt.gas_used == gas) is (status is Status.FAILURE)
    identity = execute(world, [transaction(address(4), data=bytes(MAX_INPUT + 1), gas_limit=gas)])
    assert (identity.receipt.status, len(identity.receipt.output)) == (Status.SUCCESS, MAX_INPUT + 1)


def test_the_value_of_a_failed_call_comes_back() -> None:
    batch = run(2, MAX_INPUT + 1, value=5)
    assert batch.slot(CONTRACT, 0) == 0
    assert batch.account(CONTRACT).balance == 1_000
    assert address(2) not in batch.post
    kept = run(2, 32, value=5)
    assert kept.account(address(2)).balance == 5


def test_a_precompile_that_refuses_its_input_fails_alone() -> None:
    # BN254_ADD of a point that is not on the curve.
    call = measured(0, 0, 64, 0, 0, 6, push(50_000, 3), "CALL")
    batch = execute(World.of({CONTRACT: assemble(1, 0, "MSTORE") + call}), [transaction()])
    assert batch.receipt.status is Status.SUCCESS
    assert batch.slot(CONTRACT, 0) == 0
    assert batch.account(SENDER).nonce == 1
