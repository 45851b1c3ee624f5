"""What keeps the block engine from being made slow: only work already done pays for a compilation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offchain.batches.codec import encode_order
from offchain.batches.executor import PythonExecutor
from offchain.bench.contender import memory_state
from offchain.bench.many_contracts import ENTRY_INSTRUCTIONS, hostile_code
from offchain.bench.workload import context_of, make_senders, named_address
from offchain.evm.blocks import compiler, engine
from offchain.evm.blocks.engine import HOT
from offchain.evm.code import Code
from offchain.state.genesis import GenesisAccount

TARGET = named_address("tiering")


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The entries that were compiled, in order."""
    entries: list[int] = []

    def note(code: Code, start: int, interpret: object) -> compiler.Block:
        entries.append(start)
        return compiler.compile_block(code, start, interpret)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "compile_block", note)
    return entries


def run(code: bytes, *, times: int = 1, gas: int = 1 << 24, hot: int = HOT) -> list[bool]:
    """Call the code; whether each call succeeded, checked against the interpreter."""
    sender = make_senders("tiering", 1)[0]
    genesis = {sender.address: GenesisAccount(10**22), TARGET: GenesisAccount(nonce=1, code=code)}
    data = encode_order([sender.sign(TARGET, gas=gas) for _ in range(times)])
    state = memory_state(genesis)
    ours = PythonExecutor("blocks", hot).execute(state, context_of(1), data)
    assert ours == PythonExecutor("interpreter").execute(state, context_of(1), data)
    return [receipt.status.value == "success" for receipt in ours.receipts]


def test_an_entry_is_compiled_only_after_the_interpreter_ran_that_many_instructions_from_it(
    compiled: list[int],
) -> None:
    visits = HOT // ENTRY_INSTRUCTIONS
    assert all(run(hostile_code(20, visits)))
    assert len(compiled) <= 1  # the loop's end has fewer instructions, the first entry's visit one more
    assert all(run(hostile_code(20, visits + 2)))
    assert len(compiled) > 10


def test_a_visit_that_ends_in_a_fault_pays_for_nothing(compiled: list[int]) -> None:
    faulting = b"\x5b" * 50 + b"\x50"  # POP of an empty stack
    assert not any(run(faulting, times=100, gas=30_000, hot=60))
    assert compiled == []


def test_code_of_seldom_calls_is_never_compiled(compiled: list[int]) -> None:
    assert all(run(b"\x60\x01\x60\x02\x01\x50\x00", times=50))
    assert compiled == []


@given(
    st.lists(
        st.sampled_from(
            [
                b"\x30\x50",
                b"\x30\x54\x50",
                b"\x30\x30\x55",
                b"\x30\x30\x0a\x50",
                b"\x5b",
                b"\x30\x61\x00\x00\x57",
            ]
        ),
        min_size=200,
        max_size=400,
    )
)
def test_the_text_made_of_a_trace_is_bounded(pieces: list[bytes]) -> None:
    source = compiler._Trace(Code(b"".join(pieces), b""), 0).source()
    assert len(source) < compiler.MAX_SOURCE + 1_500  # the head, and the last instruction


def test_when_there_are_too_many_blocks_the_engine_begins_anew(
    monkeypatch: pytest.MonkeyPatch, compiled: list[int]
) -> None:
    monkeypatch.setattr(engine, "MAX_BLOCKS", 3)
    code = hostile_code(20, 5)
    assert all(run(code, hot=0))
    assert len(compiled) > len(set(compiled))


def test_when_there_are_too_many_entries_their_heat_is_forgotten(
    monkeypatch: pytest.MonkeyPatch, compiled: list[int]
) -> None:
    monkeypatch.setattr(engine, "MAX_ENTRIES", 3)
    assert all(run(hostile_code(20, 50), hot=100))
    assert compiled == []
