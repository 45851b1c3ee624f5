"""ItemProver begins a batch, finds its items whatever the order's bytes are, and closes it."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from offchain.conformance.case import Account
from offchain.conformance.machine import memory_state
from offchain.evm.items import MAX_ITEMS
from offchain.evm.phase import Phase
from offchain.evm.signing import address_of_key
from offchain.proofs.encoding import CONTEXT_TAG, apply_hash, context_bytes, hash_of
from offchain.proofs.machine import ProvingMachine
from tests.support.batches import CONTEXT, World
from tests.support.broken_items import NONCE, make
from tests.support.prover_contracts import assert_proven, assert_witness_is_bound
from tests.support.step_proofs import ProvenStep, machine_over, proven_steps, proving_machine
from tests.support.transactions import CHAIN_ID, KEY

WORLD = World(
    {address_of_key(KEY): Account(NONCE, 1 << 158, b"")}, replace(CONTEXT, chain_id=CHAIN_ID, base_fee=1)
)


def order_machine(data: bytes) -> ProvingMachine:
    """A machine over an order of any bytes."""
    return machine_over(memory_state(WORLD.accounts), WORLD.context, data, system_call=False)


def framing_steps(data: bytes) -> list[ProvenStep]:
    machine = order_machine(data)
    machine.step()
    steps = [step for step in proven_steps(machine) if step.phase is Phase.ITEM]
    assert machine.phase is Phase.DIFF
    for step in steps:
        assert_proven(step)
    return steps


@pytest.mark.parametrize(
    ("data", "items"),
    [
        (b"", 0),
        (b"\x00", 0),
        (b"\x00\x00\x00\x00", 0),
        (b"\x00" + bytes(4), 0),
        (b"\x00" + bytes(4) + b"\x05", 0),
        (b"\x00" + (1).to_bytes(4, "big"), 0),
        (b"\x00" + (2).to_bytes(4, "big") + b"\x01", 0),
        (b"\x00" + (1).to_bytes(4, "big") + b"\x01", 1),
        (b"\x07" + (1).to_bytes(4, "big") + b"\x01\x00\x00\x00", 1),
        (b"\x00" + ((1).to_bytes(4, "big") + b"\x01") * 3 + b"\xff" * 4 + b"\x02", 3),
        (b"\x00" + b"\xff" * 300, 0),
    ],
)
def test_whatever_is_no_framed_item_ends_the_batch(data: bytes, items: int) -> None:
    assert len(framing_steps(data)) == items + 1


def test_a_batch_has_at_most_4094_items() -> None:
    machine = order_machine(b"\x00" + ((1).to_bytes(4, "big") + b"\x01") * (MAX_ITEMS + 1))
    for _ in range(MAX_ITEMS):
        machine.step()
    last_item, closing = list(proven_steps(machine))
    assert (last_item.unit, closing.unit) == (MAX_ITEMS, MAX_ITEMS + 1)
    for step in (last_item, closing):
        assert_proven(step)


@pytest.mark.parametrize("number", [0, 1, 5, 8_190, 8_191, 8_192, 1 << 40])
@pytest.mark.parametrize("parent", [bytes(32), b"\x0d" * 32])
def test_the_begin_writes_the_parents_order_hash(number: int, parent: bytes) -> None:
    world = WORLD.with_context(number=number, parent_order_hash=parent)
    step = next(proven_steps(proving_machine(world, [make(2)], system_call=True)))
    assert step.phase is Phase.BEGIN
    assert_proven(step)
    assert_witness_is_bound(step, random.Random(number))


def in_mode(machine: ProvingMachine, mode: int) -> ProvingMachine:
    """The machine in a context of another mode."""
    machine.context_struct = context_bytes(
        machine.context, machine.data_tree.root, len(machine.data), machine.overlay.pre_tree.root, mode
    )
    machine.context_hash = hash_of(CONTEXT_TAG, machine.context_struct)
    return machine


def test_in_mode_full_the_batch_goes_on_as_an_application() -> None:
    machine = in_mode(proving_machine(WORLD, [make(2)]), 2)
    *_, closing = proven_steps(machine)
    application = apply_hash(machine.overlay.pre_tree.root, machine.overlay.mirror.tree.root)
    assert closing.after != application
    assert_proven(replace(closing, after=application))
