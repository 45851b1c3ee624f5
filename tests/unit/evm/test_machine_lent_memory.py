"""A large input is lent to the child, not copied: it must look as a copy would, under every engine."""

from __future__ import annotations

import random
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offchain.batches.codec import encode_order
from offchain.conformance.machine import memory_state
from offchain.evm.interpreter import step_frame
from offchain.evm.machine import Machine
from offchain.evm.precompiles import PRECOMPILES, bn254
from offchain.evm.slices import LentMemory
from offchain.hashing import keccak
from tests.support.assembly import assemble, push
from tests.support.batches import CALLEE, CONTRACT, OTHER, World, execute, transaction

MASK = (1 << 256) - 1
SIZE = 20_000
FILL = assemble("CALLDATASIZE", 0, 0, "CALLDATACOPY", push(SIZE, 3), 0, push(40_000, 3), "MCOPY")
DATA = random.Random(5).randbytes(SIZE)


def number(at: bytes) -> int:
    return int.from_bytes(at, "big")


def calling(to: bytes, offset: int, size: int, kind: str = "CALL", output: int = 64) -> bytes:
    """Call with a part of the copy of the data that lies at 40,000; the output goes to 100,000."""
    value = [0] if kind in ("CALL", "CALLCODE") else []
    return assemble(
        output, push(100_000, 3), size, push(40_000 + offset, 3), *value, number(to), "GAS", kind, "POP"
    )


RETURN = assemble(64, push(100_000, 3), "RETURN")


@given(st.binary(max_size=300), st.data())
def test_lent_memory_reads_as_bytes_do(content: bytes, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(content)))
    size = data.draw(st.integers(0, len(content) - offset))
    lent, copy = LentMemory(bytearray(content), offset, size), content[offset : offset + size]
    places = st.integers(0, 400) | st.sampled_from([1 << 64, MASK, MASK + 32])
    start, stop = data.draw(places), data.draw(places)
    assert (len(lent), bytes(lent), bool(lent)) == (len(copy), copy, bool(copy))
    assert lent[start:stop] == copy[start:stop]
    assert lent[:stop] == copy[:stop]


@settings(deadline=None, max_examples=40)
@given(
    st.integers(0, 9_000),
    st.sampled_from([4_095, 4_096, 4_097, 10_000, 11_000]),
    st.integers(0, 12_000) | st.sampled_from([MASK, MASK - 31, 1 << 64]),
    st.sampled_from(["CALL", "CALLCODE", "DELEGATECALL", "STATICCALL"]),
)
def test_a_child_reads_its_input(offset: int, size: int, at: int, kind: str) -> None:
    child = assemble(at, "CALLDATALOAD", 0, "MSTORE", 9_000, at, 64, "CALLDATACOPY", 9_000, 64, "KECCAK256")
    child += assemble("CALLDATASIZE", "XOR", 32, "MSTORE", 64, 0, "RETURN")
    world = World.of({CONTRACT: FILL + calling(CALLEE, offset, size, kind) + RETURN, CALLEE: child})
    output = execute(world, [transaction(data=DATA)]).receipt.output
    seen = DATA.ljust(60_000, b"\0")[offset : offset + size]
    assert output[:32] == seen[at : at + 32].ljust(32, b"\0")
    assert number(output[32:]) == number(keccak(seen[at : at + 9_000].ljust(9_000, b"\0"))) ^ size


def test_the_output_of_the_identity_stays_when_the_memory_changes() -> None:
    # The return data is read after the caller has written over what it lent.
    size = 10_000
    code = FILL + calling((4).to_bytes(20, "big"), 0, size, output=0)
    code += assemble(size, 0, push(40_000, 3), "CODECOPY")
    code += assemble(size, 0, 0, "RETURNDATACOPY", size, 0, "RETURN")
    batch = execute(World.of({CONTRACT: code}), [transaction(data=DATA)])
    assert batch.receipt.output == DATA[:size]


@pytest.mark.parametrize("precompile", [1, 2, 3, 5, 6, 7, 8, 9, 0x0B, 0x0F, 0x100])
def test_precompiles_take_large_inputs(precompile: int) -> None:
    code = (
        FILL
        + calling(precompile.to_bytes(20, "big"), 0, 9_600)
        + assemble("RETURNDATASIZE", 0, "SSTORE")
        + RETURN
    )
    batch = execute(World.of({CONTRACT: code}), [transaction(data=bytes(SIZE), gas_limit=8_000_000)])
    assert batch.receipt.status == "success"


def test_input_is_lent_on_and_on() -> None:
    # The child copies its input and lends a part of the copy to a third, which hands it back.
    third = assemble("CALLDATASIZE", 0, 0, "CALLDATACOPY", "CALLDATASIZE", 0, "RETURN")
    second = assemble(
        "CALLDATASIZE", 0, 0, "CALLDATACOPY", 0, 0, 8_000, 100, number(OTHER), "GAS", "DELEGATECALL"
    )
    second += assemble("POP", "RETURNDATASIZE", 0, 0, "RETURNDATACOPY", "RETURNDATASIZE", 0, "RETURN")
    first = FILL + calling(CALLEE, 50, 12_000, "STATICCALL", output=0)
    first += assemble("RETURNDATASIZE", 0, 0, "RETURNDATACOPY", "RETURNDATASIZE", 0, "RETURN")
    batch = execute(World.of({CONTRACT: first, CALLEE: second, OTHER: third}), [transaction(data=DATA)])
    assert batch.receipt.output == DATA[150:8_150]


def test_a_large_input_is_not_copied() -> None:
    # A copy for each call of 100 gas made the machine forty times slower than the loop it is measured by.
    code = FILL + calling(CALLEE, 0, 4_096) + calling(CALLEE, 0, 4_097)
    world = World.of({CONTRACT: code, CALLEE: assemble("CALLDATASIZE")})
    seen: dict[int, type] = {}

    def look(machine: Machine) -> None:
        while (frame := machine.frame) is not None:
            if frame.depth:
                seen[frame.input.size] = type(frame.input.content)
            step_frame(machine)

    order = encode_order([transaction(data=DATA)])
    Machine(memory_state(world.accounts), world.context, order, engine=look).run()
    assert seen == {4_096: bytes, 4_097: LentMemory}


@pytest.mark.parametrize(("precompile", "read"), [(6, 128), (7, 96)])
def test_what_a_curve_operation_does_not_read_is_not_handed_to_it(precompile: int, read: int) -> None:
    found = PRECOMPILES[precompile.to_bytes(20, "big")]
    point = (1).to_bytes(32, "big") + (2).to_bytes(32, "big")
    data = (point + point)[:read]
    with patch.object(bn254, "_run", wraps=bn254._run) as run:
        assert found.run(data + b"\xff" * 60_000) == found.run(data) != bytes(64)
        assert found.run(point) == found.run(point.ljust(read, b"\0"))
    assert max(len(call.args[1]) for call in run.call_args_list) == read
