"""Generated programs: four ways to run them agree, at every gas limit, and with EELS.

The runs marked slow make thousands of them; `scenario(data)` in a failure's message rebuilds the one that failed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offchain.batches.executor import PythonExecutor
from offchain.conformance.case import fake_block_hash
from tests.support.batches import execute, executors, trace_of
from tests.support.eels_batch import assert_as_eels
from tests.support.programs import Scenario, scenario, scenarios

LIMITS = 12  # gas limits tried for one program


def engines_agree(found: Scenario, engines: dict[str, PythonExecutor] | None = None) -> None:
    execute(found.world, found.items, engines=engines, block_hash=fake_block_hash)


def agrees_with_eels(found: Scenario) -> None:
    ours = execute(found.world, found.items, block_hash=fake_block_hash)
    assert_as_eels(found.world, found.items, ours)


def places_to_run_out(found: Scenario) -> list[int]:
    """Gas limits with which the first transaction has just enough for one of its instructions."""
    used: set[int] = set()
    limit = found.calls[0].fields["gas_limit"]

    def note(machine: object) -> None:
        frame = getattr(machine, "frame", None)
        if frame is not None and frame.depth == 0:
            used.add(limit - frame.gas)

    trace_of(found.world, [found.calls[0].raw()], at_each_step=note)
    return sorted(used)


def runs_out_of_gas_alike(found: Scenario, pick: random.Random) -> None:
    """The same program with gas up to any of its instructions, and with one less."""
    engines = executors()
    places = places_to_run_out(found)
    for place in pick.sample(places, min(LIMITS, len(places))):
        items = [found.calls[0].raw(gas_limit=place - 1), found.calls[0].raw(gas_limit=place)]
        for item in items:
            execute(found.world, [item], engines=engines, block_hash=fake_block_hash)
        used = execute(found.world, items[1:], block_hash=fake_block_hash).result.gas_used
        assert used <= place


@settings(deadline=None, max_examples=400)
@given(scenarios())
def test_engines_agree(found: Scenario) -> None:
    engines_agree(found)


@settings(deadline=None, max_examples=100)
@given(scenarios(), st.integers(0, 1 << 32))
def test_engines_run_out_of_gas_at_the_same_instruction(found: Scenario, seed: int) -> None:
    runs_out_of_gas_alike(found, random.Random(seed))


@settings(deadline=None, max_examples=250)
@given(scenarios())
def test_programs_agree_with_eels(found: Scenario) -> None:
    agrees_with_eels(found)


@settings(deadline=None, max_examples=60)
@given(scenarios(), st.integers(0, 1 << 32))
def test_programs_run_out_of_gas_as_in_eels(found: Scenario, seed: int) -> None:
    places = places_to_run_out(found)
    for place in random.Random(seed).sample(places, min(3, len(places))):
        items = [found.calls[0].raw(gas_limit=place - 1)]
        assert_as_eels(found.world, items, execute(found.world, items, block_hash=fake_block_hash))


@settings(deadline=None, max_examples=150)
@given(st.binary(min_size=1, max_size=150), st.integers(22_000, 200_000))
def test_engines_agree_on_any_bytes_as_code(code: bytes, gas_limit: int) -> None:
    found = scenario(b"")
    world = found.world.with_account(found.calls[0].to or b"", code=code)
    items = [found.calls[0].raw(gas_limit=gas_limit, data=code)]
    assert_as_eels(world, items, execute(world, items, block_hash=fake_block_hash))


# The long runs. Seeds, not hypothesis: nothing is shrunk, and each program costs only its execution.


def programs(seed: int, count: int) -> Iterator[tuple[bytes, Scenario]]:
    numbers = random.Random(seed)
    for _ in range(count):
        data = numbers.randbytes(numbers.choice((40, 120, 300, 600, 1_200)))
        yield data, scenario(data)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_thousands_of_programs_agree(seed: int) -> None:
    for number, (data, found) in enumerate(programs(seed, 1_000)):
        # New executors every now and then, so that code is also met cold.
        if number % 50 == 0:
            engines = executors()
        try:
            engines_agree(found, engines)
        except AssertionError as error:
            raise AssertionError(f"scenario(bytes.fromhex({data.hex()!r})): {error}") from error


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4, 6))
def test_thousands_of_programs_agree_with_eels(seed: int) -> None:
    for data, found in programs(seed, 1_000):
        try:
            agrees_with_eels(found)
        except AssertionError as error:
            raise AssertionError(f"scenario(bytes.fromhex({data.hex()!r})): {error}") from error


@pytest.mark.slow
def test_hundreds_of_programs_run_out_of_gas_alike() -> None:
    pick = random.Random(6)
    for data, found in programs(6, 500):
        try:
            runs_out_of_gas_alike(found, pick)
        except AssertionError as error:
            raise AssertionError(f"scenario(bytes.fromhex({data.hex()!r})): {error}") from error
