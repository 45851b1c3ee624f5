"""Memory, copies, hashes, jumps: bounds, overlaps, pages and blocks, at once and in micro-steps."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offchain.evm.machine import Machine
from offchain.evm.pending import KECCAK_BLOCK, NATIVE_HASH_LIMIT, Copy, Hash
from offchain.evm.receipt import Status
from offchain.hashing import keccak
from offchain.trees.paged_bytes import PAGE_SIZE
from tests.support.assembly import assemble, push
from tests.support.batches import CALLEE, CONTRACT, Batch, World, address, execute, trace_of, transaction

MASK = (1 << 256) - 1


def run(*parts: object, data: bytes = b"", gas_limit: int = 3_000_000, **codes: bytes) -> Batch:
    world = World.of({CONTRACT: assemble(*parts), CALLEE: codes.get("callee", b"")})
    return execute(world, [transaction(data=data, gas_limit=gas_limit)])


def fails(*parts: object, reason: str) -> None:
    batch = run(*parts)
    assert (batch.receipt.status, batch.receipt.reason) == (Status.FAILURE, reason)
    assert batch.receipt.gas_used == 3_000_000


def model_copy(memory: bytes, source: bytes, destination: int, offset: int, size: int) -> bytes:
    end = (destination + size + 31) // 32 * 32 if size else 0
    memory = memory.ljust(end, b"\0")
    return (
        memory[:destination]
        + source[offset : offset + size].ljust(size, b"\0")
        + memory[destination + size :]
    )


RETURN_ALL = ("MSIZE", 0, "RETURN")


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 700), st.integers(0, 700), st.integers(0, 600), st.integers(0, 1 << 16))
def test_mcopy_takes_the_memory_before_it(destination: int, offset: int, size: int, seed: int) -> None:
    data = random.Random(seed).randbytes(640)
    batch = run(len(data), 0, 0, "CALLDATACOPY", size, offset, destination, "MCOPY", *RETURN_ALL, data=data)
    reach = max(destination, offset) + size if size else 0
    memory = data.ljust((reach + 31) // 32 * 32, b"\0")
    assert batch.receipt.output == model_copy(memory, memory, destination, offset, size)


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 600),
    st.integers(0, 900) | st.sampled_from([MASK, MASK - 5, 1 << 64]),
    st.integers(0, 900),
    st.sampled_from(["CALLDATACOPY", "CODECOPY", "EXTCODECOPY"]),
)
def test_copies_go_on_in_zeros_past_their_source(destination: int, offset: int, size: int, kind: str) -> None:
    data = random.Random(size).randbytes(500)
    target = [push(int.from_bytes(CALLEE, "big"))] if kind == "EXTCODECOPY" else []
    code = assemble(size, offset, destination, *target, kind, *RETURN_ALL)
    if kind == "CODECOPY":
        code = source = code + b"\x00" + data
    else:
        source = data
    batch = run(code, data=data, callee=data)
    assert batch.receipt.output == model_copy(b"", source, destination, offset, size)


def micro_steps(code: bytes, kind: type, data: bytes = b"") -> int:
    """How many steps begin or go on with something pending of this kind."""
    count = 0

    def look(machine: Machine) -> None:
        nonlocal count
        count += machine.frame is not None and isinstance(machine.frame.pending, kind)

    trace_of(World.of({CONTRACT: code}), [transaction(data=data)], at_each_step=look)
    return count


PLACES = [(0, PAGE_SIZE, 1), (1, PAGE_SIZE, 2), (0, 1, 1), (PAGE_SIZE - 1, 2, 2), (5, 0, 0), (9, 2_000, 8)]


@pytest.mark.parametrize(("destination", "size", "pages"), PLACES)
def test_a_copy_fills_a_page_a_step(destination: int, size: int, pages: int) -> None:
    assert PAGE_SIZE == 256
    assert micro_steps(assemble(size, 0, destination, "CALLDATACOPY"), Copy) == pages


AT_THE_LIMIT = NATIVE_HASH_LIMIT - 1, NATIVE_HASH_LIMIT, NATIVE_HASH_LIMIT + 1
AT_A_BLOCK = KECCAK_BLOCK * 31 - 1, KECCAK_BLOCK * 31, KECCAK_BLOCK * 31 + 1


@pytest.mark.parametrize("size", [0, 1, 135, 136, 137, *AT_THE_LIMIT, *AT_A_BLOCK, 20_000])
def test_a_long_hash_takes_a_block_a_step(size: int) -> None:
    data = random.Random(size).randbytes(size)
    code = assemble(size, 0, 0, "CALLDATACOPY", size, 0, "KECCAK256", 0, "SSTORE")
    assert run(code, data=data).slot(CONTRACT, 0) == int.from_bytes(keccak(data), "big")
    blocks = size // KECCAK_BLOCK + 1 if size > NATIVE_HASH_LIMIT else 0
    assert micro_steps(code, Hash, data) == blocks


def test_returndatacopy_stays_inside_its_source() -> None:
    call = (0, 0, 0, 0, push(int.from_bytes(CALLEE, "big")), "GAS", "STATICCALL", "POP")
    callee = assemble(0x1234, 0, "MSTORE", 32, 0, "RETURN")
    assert (
        run(*call, 32, 0, 0, "RETURNDATACOPY", *RETURN_ALL, callee=callee).receipt.output[-2:] == b"\x12\x34"
    )
    assert run(*call, 0, 32, 0, "RETURNDATACOPY", callee=callee).receipt.status is Status.SUCCESS
    for size, offset in ((1, 32), (33, 0), (0, 33), (MASK, 0), (MASK, MASK), (1, MASK), (0, MASK)):
        batch = run(*call, size, offset, 0, "RETURNDATACOPY", callee=callee)
        assert (batch.receipt.status, batch.receipt.gas_used) == (Status.FAILURE, 3_000_000)
    fails(1, 0, 0, "RETURNDATACOPY", reason="OutOfReturnData")
    assert run(0, 0, 0, "RETURNDATACOPY").receipt.status is Status.SUCCESS


@pytest.mark.parametrize("offset", [(1 << 22) - 31, 1 << 22, 1 << 32, 1 << 64, MASK, MASK - 31])
@pytest.mark.parametrize("kind", ["MLOAD", "MSTORE", "MSTORE8"])
def test_memory_past_its_limit_is_out_of_gas(offset: int, kind: str) -> None:
    operands = [offset] if kind == "MLOAD" else [1, offset]
    fails(*operands, kind, reason="OutOfGas")
    fails("CALLDATASIZE", *operands[:-1], offset, "CALLDATASIZE", "ADD", kind, reason="OutOfGas")


def test_regions_of_size_0_touch_nothing() -> None:
    for parts in (
        (0, MASK, "KECCAK256"),
        (0, MASK, "LOG0"),
        (0, MASK, MASK, "MCOPY"),
        (0, MASK, MASK, "CALLDATACOPY"),
        (0, MASK, 0, MASK, 0, 4, "GAS", "CALL"),
        (0, MASK, 0, "CREATE"),
    ):
        batch = run(*parts, "MSIZE", 0, "SSTORE")
        assert (batch.receipt.status, batch.slot(CONTRACT, 0)) == (Status.SUCCESS, 0)
    assert run(0, MASK, "RETURN").receipt.status is Status.SUCCESS
    assert run(0, MASK, "REVERT").receipt.reason == "reverted"


@pytest.mark.parametrize("size", [1, 1 << 40, MASK])
def test_regions_past_the_limit_are_out_of_gas(size: int) -> None:
    for parts in (
        (size, MASK, "KECCAK256"),
        (size, MASK, "LOG0"),
        (size, MASK, 0, "MCOPY"),
        (size, 0, MASK, "MCOPY"),
        (size, 0, MASK, "CALLDATACOPY"),
        (0, 0, size, MASK, 0, 4, "GAS", "CALL"),
        (size, MASK, 0, 0, 0, 4, "GAS", "CALL"),
        (size, MASK, 0, "CREATE"),
        (size, MASK, "RETURN"),
        (size, MASK, "REVERT"),
    ):
        fails(*parts, reason="OutOfGas")


def test_the_price_of_memory_is_quadratic() -> None:
    words = 1_000
    batch = run(0, push(32 * (words - 1), 3), "MSTORE")
    assert batch.receipt.gas_used == 21_000 + 2 + 3 + 3 + 3 * words + words * words // 512
    # In two parts it costs the same, and what is there already costs nothing.
    parts = run(
        0, push(32 * 99, 3), "MSTORE", 0, push(32 * (words - 1), 3), "MSTORE", 0, push(64, 3), "MSTORE"
    )
    assert parts.receipt.gas_used == batch.receipt.gas_used + 2 * 8


@pytest.mark.parametrize("size", range(1, 33))
def test_push_at_the_end_of_code_reads_zeros(size: int) -> None:
    for there in range(size + 1):
        code = bytes([0x5F + size]) + b"\xab" * there
        assert run(code).receipt.gas_used == 21_003
        seen: list[int] = []

        def look(machine: Machine, seen: list[int] = seen) -> None:
            seen += machine.frame.stack if machine.frame is not None else []

        trace_of(World.of({CONTRACT: code}), [transaction()], at_each_step=look)
        assert seen == [int.from_bytes((b"\xab" * there).ljust(size, b"\0"), "big")]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (assemble(4, "JUMP", b"\x60\x5b"), "InvalidJump"),  # a JUMPDEST in push data
        (assemble(3, "JUMP", b"\x5b"), ""),
        (assemble(2, "JUMP", b"\x5b"), "InvalidJump"),
        (assemble(100, "JUMP"), "InvalidJump"),
        (assemble(MASK, "JUMP"), "InvalidJump"),
        (assemble(1, 100, "JUMPI"), "InvalidJump"),
        (assemble(0, 100, "JUMPI"), ""),
        (assemble(0, MASK, "JUMPI"), ""),
        (assemble(4, "JUMP", b"\x7f\x5b"), "InvalidJump"),  # a PUSH32 at the end
        (assemble(36, "JUMP", b"\x7f" + b"\x5b" * 33), ""),
        (assemble(35, "JUMP", b"\x7f" + b"\x5b" * 33), "InvalidJump"),
    ],
)
def test_jumps_go_to_instructions_only(code: bytes, reason: str) -> None:
    for hidden in (False, True):
        # The target plus CALLDATASIZE, which is 0 but which no compiler knows.
        if hidden and code[0] == 0x60 and code[2] == 0x56:
            target = code[1] + 2 if code[1] < 200 else code[1]
            hidden_code = bytes([0x60, target, 0x36, 0x01]) + code[2:]
            assert run(hidden_code).receipt.reason == reason
        assert run(code).receipt.reason == reason


def test_code_falls_off_its_end() -> None:
    assert run("JUMPDEST").receipt.gas_used == 21_001
    assert run(b"").receipt.gas_used == 21_000


def test_a_call_to_the_identity_hands_its_input_on() -> None:
    data = random.Random(1).randbytes(1_000)
    call = (1_000, 0, 0, "CALLDATACOPY", 300, 1_000, 990, 5, address(4), "GAS", "STATICCALL", "POP")
    parts = [push(int.from_bytes(p, "big")) if isinstance(p, bytes) and len(p) == 20 else p for p in call]
    batch = run(*parts, *RETURN_ALL, data=data)
    memory = data.ljust(1_312, b"\0")
    assert batch.receipt.output == model_copy(memory, data[5:995], 1_000, 0, 300)
