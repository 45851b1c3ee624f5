"""CREATE, CREATE2 and creating transactions: which failure comes first, and what each leaves behind."""

from __future__ import annotations

import pytest

from offchain.evm.calls import create2_address, create_address
from offchain.evm.machine import Machine
from offchain.hashing import keccak
from tests.support.assembly import assemble, creation_of, measured, push, store_bytes
from tests.support.batches import (
    CALLEE,
    CONTRACT,
    SENDER,
    Batch,
    World,
    execute,
    trace_of,
    transaction,
)

NEW = create_address(CONTRACT, 1)
WARM, COLD = 100, 2_600
BIG = transaction(gas_limit=1 << 24)


def number(address: bytes) -> int:
    return int.from_bytes(address, "big")


def creating(initcode: bytes, value: int = 0, size: int | None = None) -> bytes:
    """CREATE of ``initcode``; then slot 0: the result, 1: its gas, 2: the nonce and more that the test looks at.

    Slot 2: what BALANCE of the new address costs; 3: the size of the return data.
    """
    look = assemble("GAS", number(NEW), "BALANCE", "POP", "GAS", "SWAP1", "SUB", 2, "SSTORE")
    return (
        store_bytes(initcode)
        + measured(push(len(initcode) if size is None else size, 3), 0, push(value, 32), "CREATE")
        + look
        + assemble("RETURNDATASIZE", 3, "SSTORE")
    )


def run(initcode: bytes, value: int = 0, size: int | None = None, **world: int) -> Batch:
    before = World.of({CONTRACT: creating(initcode, value, size)}).with_account(CONTRACT, **world)
    return execute(before, [BIG])


def balance_cost(batch: Batch) -> int:
    return batch.slot(CONTRACT, 2) - 2 - 3 - 2  # GAS, PUSH20, POP


def before_creating(batch: Batch) -> int:
    """Gas of the operands, the instruction itself and the GAS after it."""
    return batch.slot(CONTRACT, 1) - (3 + 2 + 3) - 32_000 - 2


def test_a_creation_that_works() -> None:
    batch = run(creation_of(b"\x00\x01"), value=3)
    assert batch.slot(CONTRACT, 0) == number(NEW)
    assert balance_cost(batch) == WARM
    assert batch.slot(CONTRACT, 3) == 0
    new = batch.account(NEW)
    assert (new.nonce, new.balance, new.code) == (1, 3, b"\x00\x01")
    assert (batch.account(CONTRACT).nonce, batch.account(CONTRACT).balance) == (2, 997)


def test_insufficient_balance_is_soft_and_comes_before_the_warming() -> None:
    batch = run(creation_of(b"\x00"), value=1_001)
    assert batch.slot(CONTRACT, 0) == 0
    assert before_creating(batch) == 2  # one word of initcode; the 63/64 came back
    assert batch.account(CONTRACT).nonce == 1
    assert balance_cost(batch) == COLD


def test_the_highest_nonce_is_soft() -> None:
    batch = run(b"", nonce=(1 << 64) - 1)
    assert batch.slot(CONTRACT, 0) == 0
    assert before_creating(batch) == 0
    assert batch.account(CONTRACT).nonce == (1 << 64) - 1


def test_a_soft_failure_empties_the_return_data() -> None:
    first = assemble(0, 0, 0, 0, number(CALLEE), "GAS", "STATICCALL", "POP", "RETURNDATASIZE", 9, "SSTORE")
    codes = {CONTRACT: first + creating(b"", value=1_001), CALLEE: assemble(33, 0, "RETURN")}
    batch = execute(World.of(codes), [BIG])
    assert (batch.slot(CONTRACT, 9), batch.slot(CONTRACT, 3)) == (33, 0)


@pytest.mark.parametrize("there", [{"nonce": 1}, {"code": b"\x00"}])
def test_a_collision_burns_63_of_64_and_counts(there: dict[str, object]) -> None:
    world = World.of({CONTRACT: creating(b"\x00", value=1)}).with_account(NEW, balance=5, **there)
    batch = execute(world, [BIG])
    assert batch.slot(CONTRACT, 0) == 0
    assert batch.account(CONTRACT).nonce == 2
    assert batch.account(CONTRACT).balance == 1_000
    assert batch.account(NEW) == world.accounts[NEW]
    assert balance_cost(batch) == WARM
    assert batch.receipt.gas_used > (1 << 24) * 62 // 64
    assert batch.slot(CONTRACT, 3) == 0


def test_a_balance_alone_is_no_collision() -> None:
    world = World.of({CONTRACT: creating(creation_of(b"\x01"))}).with_account(NEW, balance=5)
    batch = execute(world, [BIG])
    assert batch.slot(CONTRACT, 0) == number(NEW)
    assert (batch.account(NEW).balance, batch.account(NEW).nonce) == (5, 1)


def test_a_revert_keeps_warmth_nonce_and_output() -> None:
    batch = run(assemble(1, 1, "SSTORE", 7, 0, "REVERT"), value=3)
    assert batch.slot(CONTRACT, 0) == 0
    assert balance_cost(batch) == WARM
    assert batch.slot(CONTRACT, 3) == 7
    assert (batch.account(CONTRACT).nonce, batch.account(CONTRACT).balance) == (2, 1_000)
    assert NEW not in batch.post
    assert batch.receipt.gas_used < 150_000


@pytest.mark.parametrize(
    "initcode",
    [
        creation_of(b"\xef"),
        creation_of(b"\xef\x01\x00" + CALLEE),
        assemble(push(24_577, 3), 0, "RETURN"),
        assemble("INVALID"),
        assemble("POP"),
        assemble(0, "SSTORE"),
    ],
)
def test_an_exceptional_end_of_a_creation_burns_its_gas(initcode: bytes) -> None:
    batch = run(initcode, value=3)
    assert batch.slot(CONTRACT, 0) == 0
    assert NEW not in batch.post
    assert (batch.account(CONTRACT).nonce, batch.account(CONTRACT).balance) == (2, 1_000)
    assert (balance_cost(batch), batch.slot(CONTRACT, 3)) == (WARM, 0)
    assert batch.receipt.gas_used > (1 << 24) * 62 // 64


def test_the_largest_code_is_24_576_bytes() -> None:
    batch = run(assemble(push(24_576, 3), 0, "RETURN"))
    assert len(batch.account(NEW).code) == 24_576


def test_code_that_can_not_be_paid_for_is_exceptional() -> None:
    # 100 bytes cost 20,000; the initcode itself 3 + 2 + 3 for its one page of memory and more.
    initcode = assemble(100, 0, "RETURN")
    own = 3 + 2 + 4 * 3
    for gas, works in ((own + 20_000, True), (own + 19_999, False)):
        intrinsic = 53_000 + 2 + 4 * initcode.count(0) + 16 * (len(initcode) - initcode.count(0))
        tx = transaction(None, data=initcode, gas_limit=intrinsic + gas)
        batch = execute(World.of({}), [tx])
        assert (batch.receipt.status == "success") is works
        assert batch.receipt.gas_used == intrinsic + gas


def test_initcode_of_49_152_bytes_is_the_largest() -> None:
    batch = run(b"", size=49_152)
    assert batch.slot(CONTRACT, 0) == number(NEW)
    assert batch.account(NEW).code == b""
    too_large = run(b"", size=49_153)
    assert too_large.receipt.gas_used == 1 << 24


def test_initcode_too_large_is_exceptional_even_where_a_soft_failure_waits() -> None:
    assert run(b"", value=1_001, size=49_153).receipt.status == "failure"
    assert run(b"", value=1_001, size=49_152).receipt.status == "success"


@pytest.mark.parametrize("opcode", ["CREATE", "CREATE2"])
def test_a_creation_in_a_static_call_is_exceptional(opcode: str) -> None:
    # Also where the funds would not do: exceptional comes before soft.
    inner = assemble(0, 0, 0, push(1 << 200), opcode, 0, 0, "RETURN")
    outer = measured(0, 0, 0, 0, number(CALLEE), 50_000, "STATICCALL")
    batch = execute(World.of({CONTRACT: outer, CALLEE: inner}), [transaction()])
    assert batch.slot(CONTRACT, 0) == 0
    assert batch.slot(CONTRACT, 1) > 50_000
    assert batch.account(CALLEE).nonce == 1


def test_create2_of_the_same_address_collides() -> None:
    initcode = creation_of(b"\x01")
    again = store_bytes(initcode) + measured(5, len(initcode), 0, 0, "CREATE2")
    again += measured(5, len(initcode), 0, 0, "CREATE2", offset=2)
    batch = execute(World.of({CONTRACT: again}), [BIG])
    at = create2_address(CONTRACT, 5, initcode)
    assert (batch.slot(CONTRACT, 0), batch.slot(CONTRACT, 2)) == (number(at), 0)
    assert batch.account(CONTRACT).nonce == 3
    assert batch.slot(CONTRACT, 3) > (1 << 23)


def test_create2_pays_for_hashing_its_initcode() -> None:
    for words, opcode, each in ((0, "CREATE", 2), (3, "CREATE", 2), (3, "CREATE2", 8)):
        salt = [0] if opcode == "CREATE2" else []
        size = [push(32 * words, 1)]
        code = assemble(0, 64, "MSTORE") + measured(*salt, *size, 0, push(1_001, 2), opcode)
        batch = execute(World.of({CONTRACT: code}), [transaction()])
        assert batch.slot(CONTRACT, 1) == 2 * len(salt) + 3 + 2 + 3 + 32_000 + each * words + 2


def test_the_creator_counts_before_the_checkpoint_and_the_new_contract_after_it() -> None:
    # The initcode creates in its turn and then fails: its own nonce goes, the creator's stays.
    batch = run(assemble(0, 0, 0, "CREATE", "INVALID"))
    assert batch.account(CONTRACT).nonce == 2
    assert create_address(NEW, 1) not in batch.post
    assert NEW not in batch.post


def test_a_new_contract_begins_with_nonce_1() -> None:
    batch = run(assemble(0, 0, 0, "CREATE", 0, 0, "RETURN"))
    assert batch.account(NEW).nonce == 2
    assert batch.account(create_address(NEW, 1)).nonce == 1


def test_a_collision_of_a_transaction_burns_all_and_keeps_the_value() -> None:
    at = create_address(SENDER, 0)
    world = World.of({at: b"\x00"})
    tx = transaction(None, data=b"\x00", value=9, gas_limit=200_000)
    batch = execute(world, [tx])
    assert (batch.receipt.status, batch.receipt.gas_used) == ("failure", 200_000)
    assert batch.receipt.contract_address == at
    assert batch.account(at) == world.accounts[at]
    assert batch.account(SENDER).nonce == 1


def test_a_transaction_creates() -> None:
    at = create_address(SENDER, 0)
    batch = execute(World.of({}), [transaction(None, data=creation_of(b"\x60"), value=9)])
    assert (batch.account(at).code, batch.account(at).balance, batch.account(at).nonce) == (b"\x60", 9, 1)
    failed = execute(World.of({}), [transaction(None, data=creation_of(b"\xef"), value=9)])
    assert at not in failed.post
    assert failed.receipt.gas_used == 1_000_000
    empty = execute(World.of({}), [transaction(None, value=9)])
    assert (empty.receipt.status, empty.account(at).balance) == ("success", 9)


def test_at_depth_1_024_a_creation_is_soft() -> None:
    # No transaction has the gas to get there, so the depth is set by hand.
    def deepen(machine: Machine) -> None:
        if machine.frame is not None:
            machine.frame.depth = 1_024

    machine = trace_of(World.of({CONTRACT: creating(b"")}), [BIG], at_each_step=deepen).machine
    assert machine.overlay.slot((CONTRACT, 0)) == 0
    assert machine.overlay.nonce(CONTRACT) == 1
    assert machine.overlay.slot((CONTRACT, 1)) == 3 + 2 + 3 + 32_000 + 2


def test_codesize_and_codecopy_in_initcode_are_of_the_initcode() -> None:
    initcode = assemble(
        "CODESIZE", 0, "SSTORE", 32, 0, 0, "CODECOPY", 0, "MLOAD", 1, "SSTORE", "CALLDATASIZE", 2, "SSTORE"
    )
    batch = run(initcode)
    assert batch.slot(NEW, 0) == len(initcode)
    assert batch.slot(NEW, 1) == int.from_bytes(initcode.ljust(32, b"\0")[:32], "big")
    assert batch.slot(NEW, 2) == 0


def test_a_contract_under_construction_has_no_code() -> None:
    initcode = assemble(
        *("ADDRESS", "EXTCODESIZE", 0, "SSTORE", "ADDRESS", "EXTCODEHASH", 1, "SSTORE"),
        *(0, 0, 0, 0, 0, "ADDRESS", "GAS", "CALL", 2, "SSTORE"),
    )
    batch = run(initcode)
    assert batch.slot(NEW, 0) == 0
    assert batch.slot(NEW, 1) == int.from_bytes(keccak(b""), "big")
    assert batch.slot(NEW, 2) == 1
