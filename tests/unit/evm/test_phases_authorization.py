"""EIP-7702 tuples in the machine: shape decides the transaction, meaning only the tuple."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from offchain.evm.authorization import Authorization
from offchain.evm.code import delegation_to
from offchain.evm.receipt import Status
from offchain.evm.signature import SECP256K1_N
from offchain.evm.signing import sign_authorization
from tests.support.assembly import assemble, measured
from tests.support.batches import (
    CALLEE,
    CONTEXT,
    CONTRACT,
    KEYS,
    OTHER,
    SENDER,
    SENDERS,
    Batch,
    World,
    address,
    execute,
    trace_of,
    transaction,
)

AUTHORITY, KEY = SENDERS[3], KEYS[3]
NEW_KEY = b"\x09" * 32  # of an account that is not there
BASE = 21_000 + 25_000


def number(at: bytes) -> int:
    return int.from_bytes(at, "big")


def tuple_of(key: bytes = KEY, **changes: Any) -> Authorization:
    fields: dict[str, Any] = {"chain_id": CONTEXT.chain_id, "address": CALLEE, "nonce": 0}
    return sign_authorization(key, **(fields | changes))


def run(*tuples: Authorization, world: World | None = None, to: bytes = OTHER, **fields: Any) -> Batch:
    world = World.of({OTHER: b"", CALLEE: assemble(1, 1, "SSTORE")}) if world is None else world
    return execute(world, [transaction(to, type=4, authorizations=tuples, **fields)])


def assert_passed_over(batch: Batch, authority: bytes = AUTHORITY, gas: int = BASE) -> None:
    assert batch.receipt.status is Status.SUCCESS
    assert (batch.account(authority).nonce, batch.account(authority).code) == (0, b"")
    assert batch.receipt.gas_used == gas


def test_a_tuple_delegates_and_gives_back_half_for_an_account_that_exists() -> None:
    batch = run(tuple_of())
    assert batch.account(AUTHORITY).code == delegation_to(CALLEE)
    assert batch.account(AUTHORITY).nonce == 1
    # 12,500, of which the cap of a fifth leaves 9,200.
    assert batch.receipt.gas_used == BASE - BASE // 5


def test_an_absent_authority_gets_no_refund() -> None:
    new = tuple_of(NEW_KEY)
    batch = run(new)
    authority = new.authority()
    assert authority is not None
    assert batch.account(authority).code == delegation_to(CALLEE)
    assert batch.receipt.gas_used == BASE


def test_any_chain_and_this_chain_are_meant() -> None:
    assert run(tuple_of(chain_id=0)).account(AUTHORITY).nonce == 1
    assert_passed_over(run(tuple_of(chain_id=CONTEXT.chain_id + 1)))
    assert_passed_over(run(tuple_of(chain_id=(1 << 256) - 1)))


def test_a_wrong_nonce_is_passed_over() -> None:
    assert_passed_over(run(tuple_of(nonce=1)))
    assert_passed_over(run(tuple_of(nonce=(1 << 64) - 1)))


def test_the_highest_nonce_is_passed_over_though_it_matches() -> None:
    world = World.of({OTHER: b""}).with_account(AUTHORITY, nonce=(1 << 64) - 1)
    batch = run(tuple_of(nonce=(1 << 64) - 1), world=world)
    assert batch.account(AUTHORITY) == world.accounts[AUTHORITY]
    below = World.of({OTHER: b""}).with_account(AUTHORITY, nonce=(1 << 64) - 2)
    assert run(tuple_of(nonce=(1 << 64) - 2), world=below).account(AUTHORITY).nonce == (1 << 64) - 1


@pytest.mark.parametrize(
    "changes",
    [{"y_parity": 2}, {"y_parity": 255}, {"r": 0}, {"s": 0}, {"r": SECP256K1_N}, {"s": SECP256K1_N - 1}],
)
def test_a_signature_that_is_no_good_is_passed_over(changes: dict[str, Any]) -> None:
    assert_passed_over(run(replace(tuple_of(), **changes)))


def test_an_authority_with_code_is_passed_over() -> None:
    world = World.of({OTHER: b"", AUTHORITY: b"\x00"}).with_account(AUTHORITY, nonce=0)
    batch = run(tuple_of(), world=world)
    assert batch.account(AUTHORITY) == world.accounts[AUTHORITY]


def test_an_authority_with_a_delegation_is_delegated_anew() -> None:
    world = World.of({OTHER: b""}).with_account(AUTHORITY, code=delegation_to(OTHER), nonce=4)
    batch = run(tuple_of(nonce=4), world=world)
    assert batch.account(AUTHORITY).code == delegation_to(CALLEE)


def test_the_zero_address_clears() -> None:
    world = World.of({OTHER: b""}).with_account(AUTHORITY, code=delegation_to(OTHER), nonce=4)
    batch = run(tuple_of(nonce=4, address=bytes(20)), world=world)
    assert (batch.account(AUTHORITY).code, batch.account(AUTHORITY).nonce) == (b"", 5)
    assert batch.result.diff.codes == {AUTHORITY: b""}
    nothing = run(tuple_of(address=bytes(20)))
    assert (nothing.account(AUTHORITY).code, nothing.account(AUTHORITY).nonce) == (b"", 1)
    assert nothing.result.diff.codes == {}


def test_the_last_valid_tuple_of_an_authority_wins() -> None:
    batch = run(
        tuple_of(), tuple_of(nonce=1, address=OTHER), tuple_of(nonce=1), tuple_of(nonce=2, address=CONTRACT)
    )
    assert batch.account(AUTHORITY).code == delegation_to(CONTRACT)
    assert batch.account(AUTHORITY).nonce == 3


def test_a_self_sponsored_tuple_signs_for_the_nonce_after_the_transaction() -> None:
    assert run(tuple_of(KEYS[0], nonce=1)).account(SENDER).code == delegation_to(CALLEE)
    assert run(tuple_of(KEYS[0], nonce=1)).account(SENDER).nonce == 2
    stale = run(tuple_of(KEYS[0], nonce=0))
    assert (stale.account(SENDER).code, stale.account(SENDER).nonce) == (b"", 1)


def test_delegations_outlive_a_failing_transaction_and_keep_their_refund() -> None:
    world = World.of({OTHER: assemble("INVALID")})
    batch = run(tuple_of(), world=world, gas_limit=100_000)
    assert batch.receipt.status is Status.FAILURE
    assert batch.account(AUTHORITY).code == delegation_to(CALLEE)
    assert batch.receipt.gas_used == 100_000 - 12_500


def test_the_authority_is_warm_even_where_its_tuple_is_passed_over() -> None:
    probe = World.of({OTHER: measured(number(AUTHORITY), "BALANCE")})
    for tuple_, cost in (
        (tuple_of(), 100),
        (tuple_of(nonce=3), 100),
        (tuple_of(chain_id=5), 2_600),  # passed over before the authority is known
        (replace(tuple_of(), s=0), 2_600),
    ):
        assert run(tuple_, world=probe).slot(OTHER, 1) == 3 + cost + 2


def test_the_delegate_of_the_recipient_is_warm_and_runs() -> None:
    code = measured(number(CALLEE), "BALANCE") + assemble(1, 9, "SSTORE")
    world = World.of({CALLEE: code})
    batch = run(tuple_of(), world=world, to=AUTHORITY)
    assert (batch.slot(AUTHORITY, 1), batch.slot(AUTHORITY, 9)) == (3 + 100 + 2, 1)
    before = world.with_account(AUTHORITY, code=delegation_to(CALLEE))
    assert execute(before, [transaction(AUTHORITY)]).slot(AUTHORITY, 1) == 3 + 100 + 2


def test_a_transaction_to_a_delegation_to_a_precompile_runs_empty_code() -> None:
    for delegate in (2, 5, 8, 0x0A, 0x100):
        batch = run(tuple_of(address=address(delegate)), to=AUTHORITY, value=3, data=b"\x01" * 9)
        assert batch.receipt.status is Status.SUCCESS
        assert batch.receipt.output == b""
        assert batch.account(AUTHORITY).balance == 10**20 + 3


def test_a_transaction_to_a_delegation_to_a_delegation_fails() -> None:
    world = World.of({OTHER: delegation_to(CALLEE)})
    batch = run(tuple_of(address=OTHER), world=world, to=AUTHORITY, gas_limit=100_000)
    assert (batch.receipt.status, batch.account(AUTHORITY).nonce) == (Status.FAILURE, 1)
    itself = run(tuple_of(address=AUTHORITY), to=AUTHORITY, gas_limit=100_000)
    assert itself.receipt.status is Status.FAILURE


def test_one_tuple_is_one_step() -> None:
    tuples = [tuple_of(nonce=n) for n in range(5)]
    entries = [(OTHER, [1, 2]), (OTHER, [1]), (CALLEE, [])]
    fields: dict[str, Any] = {"type": 4, "gas_limit": 500_000}
    world = World.of({OTHER: b""})
    plain = trace_of(world, [transaction(OTHER, authorizations=tuples[:1], **fields)])
    long = trace_of(world, [transaction(OTHER, authorizations=tuples, access_list=entries, **fields)])
    assert long.steps[1] - plain.steps[1] == 4 + 6


def test_a_tuple_of_the_wrong_shape_skips_the_transaction() -> None:
    good, bad = tuple_of(), replace(tuple_of(), y_parity=256)
    batch = run(good, bad)
    assert batch.receipt.status is Status.SKIPPED
    assert batch.account(AUTHORITY).code == b""
