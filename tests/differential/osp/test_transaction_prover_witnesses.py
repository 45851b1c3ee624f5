"""TransactionProver agrees on batches that nobody made for it, no other witness leads there, and it is payable."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

from offchain.evm.code import delegation_to
from offchain.evm.phase import Phase
from offchain.proofs.provers import Prover
from tests.support.assembly import assemble
from tests.support.batches import (
    CALLEE,
    OTHER,
    SENDERS,
    World,
    address,
    transaction,
)
from tests.support.official_steps import official_steps
from tests.support.phase_steps import (
    SERVED,
    WORLD,
    created_by,
    phases_of,
    steps_of,
    tuple_of,
)
from tests.support.programs import scenario
from tests.support.prover_contracts import all_in_gas, assert_proven, assert_witness_is_bound, successor
from tests.support.step_proofs import ProvenStep, proven_steps, proving_machine

CEILING = 10_000_000

# At random, and from others


def test_random_batches_agree() -> None:
    choices = random.Random(5)
    phases: Counter[Phase] = Counter()
    for _ in range(120):
        made = scenario(choices.randbytes(choices.choice((60, 200, 500))))
        phases += phases_of(steps_of(made.items, made.world))
    assert all(phases[phase] >= 20 for phase in (Phase.ACCESS_LIST, Phase.AUTHORIZATION, Phase.START)), phases
    assert phases[Phase.SETTLE] >= 100


def test_official_cases_agree() -> None:
    count = 0
    for steps in official_steps(sample=0.1, limit=150):
        for step in steps:
            if step.prover in SERVED and step.phase is not Phase.BEGIN and not _needs_a_younger_l1(step):
                assert_proven(step)
                count += 1
    assert count > 100


def _needs_a_younger_l1(step: ProvenStep) -> bool:
    """Whether the step calls a precompile of Prague: `to` stands behind prover, machine and origin."""
    to = step.witness[1 + 111 + 20 :][:20]
    return step.phase is Phase.START and 0x0B <= int.from_bytes(to, "big") <= 0x11


# Witnesses


def richest_batch() -> tuple[list[bytes], World]:
    """One transaction that goes through every phase."""
    fields: dict[str, Any] = {"access_list": [(OTHER, [1]), (CALLEE, [])], "type": 4}
    init = assemble(1, 1, "SSTORE", "CALLER", "SELFDESTRUCT")
    world = WORLD.with_account(OTHER, code=created_by([init]), balance=50)
    world = world.with_account(SENDERS[2], code=delegation_to(OTHER))
    tuples = [tuple_of(), tuple_of(b"\x09" * 32)]
    return [transaction(SENDERS[2], value=1, authorizations=tuples, **fields)], world


def test_a_changed_witness_leads_nowhere() -> None:
    choices = random.Random(3)
    steps = [step for step in steps_of(*richest_batch()) if step.prover is Prover.TRANSACTION]
    assert {step.phase for step in steps} == {
        Phase.ACCESS_LIST,
        Phase.AUTHORIZATION,
        Phase.START,
        Phase.SETTLE,
        Phase.PURGE,
    }
    for step in steps:
        assert_witness_is_bound(step, choices, 60)


def test_the_witness_of_one_step_does_not_serve_another() -> None:
    steps = [step for step in steps_of(*richest_batch()) if step.prover is Prover.TRANSACTION]
    for step in steps:
        for other in steps:
            if other is not step:
                assert successor(step, other.witness) is None
        assert successor(replace(step, unit=step.unit + 1)) is None
        assert successor(replace(step, context_hash=bytes(32))) is None


# What it costs


def test_the_dearest_steps_fit_in_one_transaction_of_the_l1() -> None:
    entry = 98_000 - 3_300
    batches = {
        "every phase": richest_batch(),
        "initcode": ([transaction(None, data=b"\x5b" * 49_152, gas_limit=1 << 24)], WORLD),
        "precompile input": ([transaction(address(2), data=b"\x01" * 65_536, gas_limit=1 << 24)], WORLD),
        "long list": ([transaction(access_list=[(OTHER, range(entry // 33))], gas_limit=1 << 24)], WORLD),
    }
    for name, (items, world) in batches.items():
        dearest: dict[str, int] = {}
        for step in proven_steps(proving_machine(world, items), 60):
            if step.prover is Prover.TRANSACTION:
                dearest[step.phase.name] = max(dearest.get(step.phase.name, 0), all_in_gas(step))
        print(name, dearest)
        assert max(dearest.values()) <= CEILING
