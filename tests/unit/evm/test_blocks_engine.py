"""The block engine as a whole: huge and hostile code, bounded work and memory, caches that forget."""

from __future__ import annotations

from types import CodeType
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from support_sweep import sweep

from offchain.batches.codec import encode_order
from offchain.batches.executor import PythonExecutor
from offchain.conformance.machine import memory_state
from offchain.evm.blocks import engine as engine_module
from offchain.evm.blocks.compiler import TERMINATORS, compile_block
from offchain.evm.blocks.engine import BlockEngine, interpret
from offchain.evm.code import Code, CodeCache
from offchain.evm.gas import MAX_CODE_SIZE
from offchain.evm.instructions import INSTRUCTIONS
from offchain.evm.interpreter import run as interpreter
from offchain.evm.machine import Machine
from tests.support.assembly import assemble, push
from tests.support.batches import CONTRACT, World, execute, transaction
from tests.support.programs import Scenario, scenarios

MAX_BYTECODE = 60_000  # of one function, in bytes of Python's own instructions
NAMES = [(opcode, entry.name) for opcode, entry in enumerate(INSTRUCTIONS) if opcode not in TERMINATORS]


def size_of(code: bytes, start: int = 0) -> int:
    block = compile_block(Code(code, b""), start, interpret)
    compiled: CodeType = block.__code__
    return len(compiled.co_code)


def run_long(code: bytes, gas: int = 300_000) -> None:
    engines = {"interpreter": PythonExecutor("interpreter"), "blocks": PythonExecutor("blocks", hot=0)}
    sweep(World.of({CONTRACT: code}), [gas], data=[b"", b"\x01" * 32], engines=engines)


@pytest.mark.parametrize("opcode", [o for o, _ in NAMES], ids=[name for _, name in NAMES])
def test_code_of_one_opcode(opcode: int) -> None:
    run_long(assemble(*["CALLDATASIZE"] * 17) + bytes([opcode]) * 1_500)


@pytest.mark.slow
@pytest.mark.parametrize("opcode", [o for o, _ in NAMES], ids=[name for _, name in NAMES])
def test_code_of_one_opcode_as_large_as_code_gets(opcode: int) -> None:
    run_long((assemble(*["CALLDATASIZE"] * 17) + bytes([opcode]) * MAX_CODE_SIZE)[:MAX_CODE_SIZE], 2_000_000)


HOSTILE = {
    "negations": assemble("CALLDATASIZE", *["ISZERO"] * 4_000),
    "conditions of conditions": assemble("CALLDATASIZE", "ISZERO", *["DUP1", "LT", "DUP1", "EQ"] * 1_000),
    "conditions of both sides": assemble(
        *["CALLDATASIZE", 1, "LT"] * 600, *["EQ", "ISZERO", "SWAP1", "ISZERO", "SWAP1"] * 590
    ),
    "large words": push((1 << 256) - 1) * 500
    + assemble(*["ADD"] * 499, "CALLDATASIZE", *["DUP1", "MUL"] * 900),
    "a high stack before each jump": assemble(*["CALLDATASIZE"] * 200, *["CALLDATASIZE", 0, "JUMPI"] * 1_000),
    "large words before each jump": push((1 << 256) - 1) * 200
    + assemble(*["CALLDATASIZE", 0, "JUMPI"] * 1_000),
    "a high stack before each handler": assemble(*["CALLDATASIZE"] * 500, *["SELFBALANCE"] * 500),
    "guards before each step": assemble(*[1, push(0), "JUMPI"] * 2_000),
    "jump destinations": b"\x5b" * MAX_CODE_SIZE,
    "a chain of jumps": b"".join(push(n * 5 + 4, 2) + b"\x56\x00\x00" for n in range(100)),
    "powers of constants": assemble(*[push((1 << 256) - 1), push((1 << 256) - 1), "EXP"] * 300),
    "shifts of constants": assemble(*[push((1 << 256) - 1), push(1 << 255), "SHL"] * 300),
    "stores": assemble(*["CALLDATASIZE", push(1 << 200), "SSTORE"] * 300),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_code_makes_small_functions(name: str) -> None:
    code = HOSTILE[name]
    run_long(code)
    for start in (0, *range(1, len(code), max(len(code) // 7, 1))):
        if start in Code(code, b"").jump_targets or start == 0:
            assert size_of(code, start) < MAX_BYTECODE


def test_deep_conditions_compile() -> None:
    # As deep as a trace can make them: Python's parser must not be what ends a batch.
    for opcode in ("ISZERO", "LT", "GT", "SLT", "EQ"):
        operands = ["CALLDATASIZE"] if opcode != "ISZERO" else []
        run_long(assemble("CALLDATASIZE", *[*operands, opcode] * 500, 0, "SSTORE"))


@settings(deadline=None, max_examples=40)
@given(scenarios())
def test_an_engine_that_forgets_all_the_time_is_still_right(found: Scenario) -> None:
    engines = {"interpreter": PythonExecutor("interpreter")}
    engines |= {f"hot {hot}": PythonExecutor("blocks", hot) for hot in (0, 1, 8)}
    with patch.multiple(engine_module, MAX_BLOCKS=3, MAX_ENTRIES=5):
        execute(found.world, found.items, engines=engines)


def test_the_blocks_that_are_kept_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "MAX_BLOCKS", 50)
    codes = CodeCache()
    unit = assemble("JUMPDEST", "CALLDATASIZE", "ISZERO", "ISZERO", push(0), "JUMPI")
    world = World.of({CONTRACT: unit * 500})
    machine = Machine(
        memory_state(world.accounts),
        world.context,
        encode_order([transaction()]),
        engine=BlockEngine(0),
        codes=codes,
    )
    machine.run()
    kept = codes.find(world.accounts[CONTRACT].code_hash)
    assert kept is not None
    assert len(kept.blocks) <= 50
    assert machine.receipts[0].status == "success"


@settings(deadline=None, max_examples=30)
@given(scenarios())
def test_a_small_cache_of_code_changes_nothing(found: Scenario) -> None:
    outcomes = []
    for codes, engine in (
        (CodeCache(), interpreter),
        (CodeCache(2), interpreter),
        (CodeCache(3), BlockEngine(0)),
    ):
        machine = Machine(
            memory_state(found.world.accounts),
            found.world.context,
            encode_order(found.items),
            engine=engine,
            codes=codes,
        )
        machine.run()
        outcomes.append((machine.overlay.diff(), [(r.status, r.gas_used, r.logs) for r in machine.receipts]))
    assert outcomes[0] == outcomes[1] == outcomes[2]


def test_one_executor_keeps_the_states_of_two_worlds_apart() -> None:
    # The cache knows code by its hash, so the same code at other addresses, with other storage, is the same function.
    engines = {"interpreter": PythonExecutor("interpreter"), "blocks": PythonExecutor("blocks", hot=0)}
    code = assemble(0, "SLOAD", 1, "ADD", "DUP1", 0, "SSTORE", "ADDRESS", "SSTORE")
    for number in range(5):
        at = (0x7000 + number).to_bytes(20, "big")
        world = World.of({at: code}).with_account(at, storage={0: number})
        batch = execute(world, [transaction(at)], engines=engines)
        assert batch.slot(at, 0) == number + 1
