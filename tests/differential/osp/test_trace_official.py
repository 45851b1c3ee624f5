"""Official Osaka cases: a trace at random indices has the hashes of the machine that proves every step."""

from __future__ import annotations

import random
from collections.abc import Iterator

from offchain.batches.codec import encode_order
from offchain.conformance.case import StateCase
from offchain.conformance.fixtures import list_files, read_tests
from offchain.conformance.machine import context_of, memory_state
from offchain.conformance.state_tests import is_state_test, state_cases
from tests.support.official import official_fixtures
from tests.support.step_proofs import machine_over, proven_steps
from tests.support.traces import index_of, trace_over

FILES = 240
CASES = 3  # of a file
STEPS = 300
_FORK = "Osaka"


def cases_of(choices: random.Random) -> Iterator[StateCase]:
    """Some cases of some files that an order of ours can hold."""
    for file in choices.sample(list_files([official_fixtures()]), FILES):
        tests = [(name, test) for name, test in read_tests(file.path) if is_state_test(test)]
        cases = [
            case
            for name, test in tests
            for case in state_cases(str(file.path), name, test, (_FORK,))
            if case.raw and len(case.raw) < 1 << 17
            if not any(account.balance >> 160 for account in case.pre.values())
        ]
        yield from choices.sample(cases, min(len(cases), CASES))


def test_traces_of_official_cases_are_the_steps_of_the_proving_machine() -> None:
    choices = random.Random(8)
    checked = 0
    for case in cases_of(choices):
        data, context = encode_order([case.raw]), context_of(case.environment)
        options = {"block_hash": case.environment.block_hash, "system_call": False}
        machine = machine_over(memory_state(case.pre), context, data, **options)
        steps = list(proven_steps(machine, STEPS))
        trace = trace_over(memory_state(case.pre), context, data, snapshot_gap=9, **options)
        for at in choices.choices(range(len(steps)), k=12):
            step = steps[at]
            if step.unit > 1:  # behind the one transaction the batch closes
                continue
            index = index_of(step.unit, at - step.unit)
            assert trace.hash(index) == step.before, (case.name, index)
            assert trace.witness(index) == step.witness, (case.name, index)
            assert trace.hash(index + 1) == step.after, (case.name, index)
            checked += 1
    assert checked > 300
