"""EIP-6780 in all orders: who goes, who stays, what is burnt, and what the purge takes out of the state."""

from __future__ import annotations

from offchain.evm.calls import create2_address, create_address
from offchain.evm.phase import Phase
from tests.support.assembly import assemble, creation_of, store_bytes
from tests.support.batches import (
    CALLEE,
    CONTRACT,
    KEYS,
    OTHER,
    SENDER,
    Batch,
    World,
    address,
    execute,
    trace_of,
    transaction,
)

HEIR = address(0x4E14)
BIG = transaction(gas_limit=5_000_000)


def number(at: bytes) -> int:
    return int.from_bytes(at, "big")


# With input: SSTORE(first byte, 1). Without: SELFDESTRUCT to HEIR.
MORTAL = assemble(
    *("CALLDATASIZE", "@store", "JUMPI", number(HEIR), "SELFDESTRUCT"),
    *(":store", 1, 0, "CALLDATALOAD", 248, "SHR", "SSTORE"),
)
INITCODE = creation_of(MORTAL)
SALT = 5
CHILD = create2_address(CONTRACT, SALT, INITCODE)


def make(initcode: bytes = INITCODE, value: int = 0) -> bytes:
    """CREATE2; the address stays on the stack."""
    return store_bytes(initcode) + assemble(SALT, len(initcode), 0, value, "CREATE2")


def call(to: bytes = CHILD, value: int = 0, data: int | None = None) -> bytes:
    """CALL with one byte of input or none."""
    head = assemble(data, 0, "MSTORE8") if data is not None else b""
    size = 0 if data is None else 1
    return head + assemble(0, 0, size, 0, value, number(to), "GAS", "CALL", "POP")


def run(*parts: bytes, world: World | None = None) -> Batch:
    world = World.of({}) if world is None else world
    code = b"".join(parts)
    before = world.with_account(CONTRACT, code=code, nonce=1, balance=1_000)
    return execute(before, [BIG])


def assert_gone(batch: Batch, at: bytes = CHILD) -> None:
    assert at not in batch.post
    assert at not in batch.result.diff.accounts
    assert at not in batch.result.diff.codes
    assert all(slot[0] != at for slot in batch.result.diff.slots)


def test_a_contract_of_an_earlier_transaction_only_pays_its_heir() -> None:
    world = World.of({CALLEE: MORTAL}).with_account(CALLEE, storage={1: 1})
    batch = execute(world, [transaction(CALLEE)])
    assert batch.account(HEIR).balance == 1_000
    assert (batch.account(CALLEE).balance, batch.account(CALLEE).code) == (0, MORTAL)
    assert batch.slot(CALLEE, 1) == 1


def test_a_contract_of_an_earlier_transaction_keeps_what_it_leaves_to_itself() -> None:
    world = World.of({CALLEE: assemble("ADDRESS", "SELFDESTRUCT")})
    assert execute(world, [transaction(CALLEE)]).account(CALLEE).balance == 1_000


def test_created_and_destroyed_in_one_transaction_with_storage() -> None:
    batch = run(make(value=7), call(data=3), call(data=4), call())
    assert_gone(batch)
    assert batch.account(HEIR).balance == 7
    assert batch.account(CONTRACT).nonce == 2


def test_created_in_one_transaction_and_destroyed_in_the_next() -> None:
    world = World.of({CONTRACT: make(value=7) + call(data=3)})
    batch = execute(world, [BIG, transaction(CHILD, nonce=1)])
    assert batch.slot(CHILD, 3) == 1
    assert batch.account(CHILD).code == MORTAL
    assert (batch.account(CHILD).balance, batch.account(HEIR).balance) == (0, 7)


def test_destroyed_twice() -> None:
    batch = run(make(value=7), call(data=3), call(), call(value=5), call())
    assert_gone(batch)
    assert batch.account(HEIR).balance == 12


def test_storage_written_after_the_destruction_goes_too() -> None:
    assert_gone(run(make(), call(), call(data=9), call(data=8)))


def test_value_sent_after_the_destruction_is_burnt() -> None:
    batch = run(make(value=7), call(), call(value=5, data=1))
    assert_gone(batch)
    assert batch.account(HEIR).balance == 7
    assert batch.account(CONTRACT).balance == 1_000 - 12


def test_to_itself_burns_at_once() -> None:
    # The balance is gone before the purge: a second look in the same transaction finds nothing.
    suicide = creation_of(assemble("ADDRESS", "SELFDESTRUCT"))
    child = create2_address(CONTRACT, SALT, suicide)
    batch = run(
        make(suicide, value=7), call(child), assemble(number(child), "BALANCE", 1, "ADD", 0, "SSTORE")
    )
    assert_gone(batch, child)
    assert batch.slot(CONTRACT, 0) == 1
    assert batch.account(CONTRACT).balance == 993


def test_until_the_purge_the_contract_is_still_there() -> None:
    look = assemble(number(CHILD), "EXTCODESIZE", 0, "SSTORE")
    batch = run(make(), call(), look, make(), assemble(1, "ADD", 1, "SSTORE"))
    assert batch.slot(CONTRACT, 0) == len(MORTAL)
    assert batch.slot(CONTRACT, 1) == 1  # the second CREATE2 collided
    assert_gone(batch)


def test_the_address_is_free_again_in_the_next_transaction() -> None:
    world = World.of({CONTRACT: make(value=7) + call(data=3) + call()})
    batch = execute(world, [BIG, transaction(nonce=1, gas_limit=5_000_000)])
    assert [receipt.status for receipt in batch.receipts] == ["success", "success"]
    assert_gone(batch)
    assert batch.account(HEIR).balance == 14
    assert batch.receipts[0].gas_used - batch.receipts[1].gas_used < 30_000  # the second finds HEIR alive


def test_a_destruction_that_is_reverted_does_not_happen() -> None:
    reverter = assemble(0, 0, 0, 0, 0, number(CHILD), "GAS", "CALL", 0, 0, "REVERT")
    world = World.of({OTHER: reverter})
    batch = run(make(value=7), call(data=3), call(OTHER), world=world)
    assert batch.account(CHILD).code == MORTAL
    assert (batch.account(CHILD).balance, batch.slot(CHILD, 3)) == (7, 1)
    assert HEIR not in batch.post


def test_a_creation_that_is_reverted_and_made_again_is_new_again() -> None:
    # With input the factory creates, stores and reverts; without, it lets itself do so and then does it for good.
    code = assemble(
        *("CALLDATASIZE", "@inner", "JUMPI", 0, 0, 1, 0, 0, "ADDRESS", "GAS", "CALL", "POP"),
        *(make(), call(data=4), call(), "STOP", ":inner", make(), call(data=2), 0, 0, "REVERT"),
    )
    batch = run(code)
    assert batch.account(CONTRACT).nonce == 2
    assert_gone(batch)


def test_a_contract_destroyed_while_it_is_made_is_gone() -> None:
    initcode = assemble(1, 1, "SSTORE", number(HEIR), "SELFDESTRUCT")
    child = create2_address(CONTRACT, SALT, initcode)
    batch = run(make(initcode, value=7), assemble(0, "SSTORE"))
    assert batch.slot(CONTRACT, 0) == number(child)
    assert_gone(batch, child)
    assert batch.account(HEIR).balance == 7


def test_code_deposited_after_the_destruction_goes_too() -> None:
    # The initcode lets a library destroy it by DELEGATECALL and returns code all the same.
    world = World.of({OTHER: assemble(number(HEIR), "SELFDESTRUCT")})
    initcode = assemble(0, 0, 0, 0, number(OTHER), "GAS", "DELEGATECALL", "POP", 10, 0, "RETURN")
    child = create2_address(CONTRACT, SALT, initcode)
    batch = run(make(initcode, value=7), assemble(number(child), "EXTCODESIZE", 0, "SSTORE"), world=world)
    assert batch.slot(CONTRACT, 0) == 10
    assert_gone(batch, child)


def test_a_library_stores_for_a_new_contract() -> None:
    # The frame that writes is DELEGATECALLed: the slots are still those of a new contract.
    world = World.of({OTHER: assemble(1, 6, "SSTORE")})
    runtime = assemble(0, 0, 0, 0, number(OTHER), "GAS", "DELEGATECALL", number(HEIR), "SELFDESTRUCT")
    initcode = creation_of(runtime)
    child = create2_address(CONTRACT, SALT, initcode)
    assert_gone(run(make(initcode), call(child), world=world), child)


def test_only_the_destroyed_of_two_new_contracts_is_purged() -> None:
    other = creation_of(MORTAL + b"\x00")
    survivor = create2_address(CONTRACT, SALT, other)
    batch = run(make(), make(other), call(data=1), call(survivor, data=2), call(data=3), call())
    assert_gone(batch)
    assert batch.account(survivor).storage == {2: 1}


def test_a_destroyed_coinbase_loses_its_tip() -> None:
    world = World.of({}).with_context(coinbase=CHILD)
    batch = run(make(), call(), world=world)
    assert_gone(batch)
    kept = run(make(), world=world)
    assert kept.account(CHILD).balance == 2 * kept.receipt.gas_used
    sender = batch.account(SENDER).balance
    assert sender == 10**20 - batch.receipt.gas_used * (world.context.base_fee + 2)


def test_a_creating_transaction_that_destroys_itself() -> None:
    initcode = assemble(1, 1, "SSTORE", number(HEIR), "SELFDESTRUCT")
    at = create_address(SENDER, 0)
    batch = execute(World.of({}), [transaction(None, data=initcode, value=7)])
    assert batch.receipt.status == "success"
    assert_gone(batch, at)
    assert batch.account(HEIR).balance == 7


def test_a_new_heir_costs_its_account() -> None:
    def gas_of(heir: bytes, balance: int) -> int:
        world = World.of({CONTRACT: assemble(number(heir), "SELFDESTRUCT")}).with_account(
            CONTRACT, balance=balance
        )
        return execute(world, [transaction()]).receipt.gas_used - 21_000 - 3 - 5_000

    assert gas_of(HEIR, 1) == 2_600 + 25_000
    assert gas_of(HEIR, 0) == 2_600
    assert gas_of(SENDER, 1) == 0
    assert gas_of(address(3), 1) == 25_000  # warm, but nobody


def test_the_purge_takes_one_entry_a_step() -> None:
    code = make() + call(data=1) + call(data=2) + call(data=3) + call()
    phases: list[Phase] = []
    world = World.of({CONTRACT: code})
    trace_of(world, [BIG], at_each_step=lambda machine: phases.append(machine.phase))
    assert phases.count(Phase.PURGE) == 3 + 1  # three slots, one contract
    assert phases.count(Phase.SETTLE) == 1


def test_a_slot_taken_twice_is_purged() -> None:
    # 1, 0, 2: the slot is in the list twice.
    runtime = assemble(
        *("CALLDATASIZE", "@die", "JUMPI", 1, 1, "SSTORE", 0, 1, "SSTORE", 2, 1, "SSTORE", "STOP"),
        *(":die", number(HEIR), "SELFDESTRUCT"),
    )
    initcode = creation_of(runtime)
    child = create2_address(CONTRACT, SALT, initcode)
    assert_gone(run(make(initcode), call(child), call(child, data=1)), child)
    assert run(make(initcode), call(child)).account(child).storage == {1: 2}


def test_the_refund_of_a_destroyed_contract_is_none() -> None:
    plain = run(make(), call(data=1)).receipt.gas_used
    with_end = run(make(), call(data=1), call()).receipt.gas_used
    assert with_end > plain  # EIP-3529 took the refund away


def test_the_sender_lives_though_its_contracts_go() -> None:
    items = [BIG, transaction(key=KEYS[1], gas_limit=5_000_000)]
    world = World.of({CONTRACT: make(value=1) + call()})
    batch = execute(world, items)
    assert batch.account(CONTRACT).nonce == 3
    assert_gone(batch)


def test_what_a_reverted_frame_wrote_is_not_purged() -> None:
    reverter = call(data=1) + call(data=2) + assemble(0, 0, "REVERT")
    for runtime, purged in ((reverter, 1), (reverter[:-3], 3)):
        phases: list[Phase] = []
        world = World.of({CONTRACT: make() + call(OTHER) + call(data=3) + call(), OTHER: runtime})
        trace_of(world, [BIG], at_each_step=lambda machine, seen=phases: seen.append(machine.phase))  # type: ignore[misc]
        assert phases.count(Phase.PURGE) == purged + 1
