"""The steps of official Osaka state tests with their witnesses."""

from __future__ import annotations

import random
from collections.abc import Iterator

from offchain.batches.codec import encode_order
from offchain.conformance.case import StateCase
from offchain.conformance.fixtures import list_files, read_tests
from offchain.conformance.machine import context_of, memory_state
from offchain.conformance.state_tests import is_state_test, state_cases
from offchain.errors import InputError
from tests.support.official import official_fixtures
from tests.support.step_proofs import ProvenStep, machine_over, proven_steps

__all__ = ["official_steps"]

_FORK = "Osaka"


def official_steps(*, sample: float, seed: int = 1, limit: int = 400) -> Iterator[Iterator[ProvenStep]]:
    """For each case of a sample of the files its first steps; the calling test is skipped without fixtures.

    Block hashes are those of the tests, so steps of BLOCKHASH prove nothing here.
    """
    files = list_files([official_fixtures()])
    chosen = random.Random(seed).sample(files, max(1, round(sample * len(files))))
    for file in chosen:
        for name, test in read_tests(file.path):
            if is_state_test(test):
                for case in state_cases(str(file.path), name, test, (_FORK,)):
                    if case.fork == _FORK:
                        yield from _steps_of(case, limit)


def _steps_of(case: StateCase, limit: int) -> Iterator[Iterator[ProvenStep]]:
    if any(account.balance >> 160 for account in case.pre.values()):
        return  # no state of ours has more wei than fits its field
    try:
        data = encode_order([case.raw])
    except InputError:
        return  # no order of ours has such an item
    block_hash = case.environment.block_hash
    machine = machine_over(
        memory_state(case.pre),
        context_of(case.environment),
        data,
        block_hash=block_hash,
        system_call=False,
    )
    yield proven_steps(machine, limit)
