"""Generated programs, every step of them through the deployed OneStepVerifier.

The same programs as in tests/differential/test_random_programs.py, where the Python machine has to agree with EELS:
contracts that call, create, revert and delegate into each other. A failure names the bytes that rebuild its scenario.
"""

from __future__ import annotations

import os
import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings

from offchain.proofs.encoding import diff_hash
from offchain.proofs.provers import Prover
from tests.differential.test_random_programs import agrees_with_eels
from tests.support.in_process import Reverted
from tests.support.programs import Scenario, scenario, scenarios
from tests.support.step_proofs import ProvenStep, proven_steps, proving_machine
from tests.support.verifier_contract import verifier

SIZES = (40, 120, 300, 600, 1_200)
RENEWED = 20_000  # steps after which the EVM is a new one: pyrevm keeps about 1 KB of every call
SHARDS = 8
#: The campaign is 2,000 programs with 6.5 million steps, half an hour of one core; the variable makes it a shorter one.
PROGRAMS = int(os.environ.get("DELTAROLL_PROGRAMS", "2000"))

_Seen = Counter[tuple[Prover, int]]


def contract_agrees(step: ProvenStep) -> bool:
    """Whether the contract finds the machine's successor."""
    try:
        (after,) = verifier().call("step", step.context_hash, step.unit, step.before, step.witness)
    except Reverted:
        return False
    return bytes(after) == step.after


def check_program(found: Scenario) -> _Seen:
    """Check all steps from the batch's begin to its diff; how many of which prover and opcode."""
    seen: _Seen = Counter()
    machine = proving_machine(found.world, found.items, system_call=True)
    state = machine.hash
    for number, step in enumerate(proven_steps(machine)):
        assert step.before == state
        state = step.after
        assert contract_agrees(step), (step.prover.name, step.phase.name, hex(step.opcode), step.depth)
        seen[step.prover, step.opcode] += 1
        if number % RENEWED == RENEWED - 1:
            verifier.cache_clear()
    assert state == diff_hash(machine.overlay.mirror.tree.root)
    return seen


def check_bytes(data: bytes) -> _Seen:
    """The same of the scenario that the bytes describe."""
    try:
        return check_program(scenario(data))
    except AssertionError as error:
        raise AssertionError(f"scenario(bytes.fromhex({data.hex()!r})): {error}") from error


def check_programs(seed: int, count: int) -> _Seen:
    """Check as many programs as asked for, out of one seed."""
    numbers = random.Random(seed)
    seen: _Seen = Counter()
    for number in range(count):
        if number % 8 == 7:
            verifier.cache_clear()
        seen += check_bytes(numbers.randbytes(numbers.choice(SIZES)))
    return seen


def test_every_step_of_thirty_programs_is_proven() -> None:
    seen = check_programs(31, 30)
    provers = {prover for prover, _ in seen}
    assert provers == set(Prover) - {Prover.APPLY}, "the programs have become tame"
    assert {opcode for _, opcode in seen} >= {0xF0, 0xF1, 0xF4, 0xFA, 0xFD}


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios())
def test_every_step_of_a_generated_program_is_proven(found: Scenario) -> None:
    check_program(found)


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_step_of_thousands_of_programs_is_proven_and_eels_agrees_on_them(shard: int) -> None:
    numbers = random.Random(1_000 + shard)
    for _ in range(PROGRAMS // SHARDS):
        agrees_with_eels(scenario(numbers.randbytes(numbers.choice(SIZES))))
    seen = check_programs(1_000 + shard, PROGRAMS // SHARDS)
    print(f"shard {shard}: {seen.total():,} steps of {PROGRAMS // SHARDS} programs checked")
