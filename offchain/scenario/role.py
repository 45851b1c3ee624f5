"""Scenarios about the role itself: orders hidden from calldata, and a final state that never moves."""

from __future__ import annotations

from typing import Final

from offchain.batches.codec import encode_order
from offchain.faults.knowledge import garbage
from offchain.game.games import Reason
from offchain.l1.claims import Role
from offchain.scenario.scenario import Scenario, slashed
from offchain.scenario.stage import Stage
from offchain.scenario.workload import BATCHES, CHAIN

__all__ = ["ROLE"]


def _hidden(stage: Stage) -> None:
    """A contract holds the role, so that no calldata of a transaction to the rollup holds T_7."""
    world, party = stage.world, stage.party("sequencer")
    world.rollup.retire(sender=party.account)
    world.rollup.endTerm(sender=party.account)
    relay = party.account.deploy(world.contracts["Relay"], world.rollup.address)
    stage.others["relay"] = bytes.fromhex(str(relay.address)[2:])

    def call(function: str, *arguments: object, value: int = 0) -> None:
        calldata = getattr(world.rollup, function).encode_input(*arguments)
        relay.relay(calldata, sender=party.account, value=value)

    call("beginTerm", value=world.parameters.stake)
    stage.gifts.append(("sequencer", "relay", world.parameters.stake))
    world.network.advance(CHAIN.batch_interval)
    data = encode_order([])
    order, context = world.declare(stage.others["relay"], data)
    call("append", order.parent_hash, context.as_tuple(), data)
    world.orders.append(order)
    roots = [stage.truth.diff_root(batch) for batch in range(1, BATCHES + 1)]
    call("claim", 1, order.hash(), stage.claims().serial, [*roots, garbage("diff", BATCHES + 1)])
    stage.tells.append("a hash that nobody has a preimage of")
    stage.verify()
    stage.run()


def _lag_grows(stage: Stage) -> None:
    """No state claim for twelve batches: the next claim is refused, and the role is taken away for it."""
    world, lag = stage.world, stage.world.parameters.max_lag
    stage.defend()
    stage.verify()
    for _ in range(BATCHES, lag + 1):
        stage.post()
    stage.claim(last=lag)
    stage.refused("a claim above r + MAX_LAG", "LagTooLong", lambda: stage.claim(last=lag + 1))
    stage.run()
    stage.finalize()
    order = world.orders[lag]
    stranger = stage.party("stranger").account
    retire = world.rollup.retireUnclaimed
    stage.refused(
        "retiring the sequencer too early", "NotIdle", lambda: retire(order.as_tuple(), sender=stranger)
    )
    deadline = world.rollup.claimDeadline(order.batch, order.timestamp)
    world.network.advance(max(deadline + 1 - world.head().timestamp, 1))
    retire(order.as_tuple(), sender=stranger)
    world.rollup.endTerm(sender=stranger)
    assert stage.claims().role is Role.VACANT
    successor = stage.party("successor")
    successor.rollup.begin_term(world.parameters.stake)
    state_root = world.replicas["verifier"].store.state_root(lag)
    successor.rollup.claim_state(lag, world.orders[lag - 1].hash(), stage.claims().serial, state_root)
    world.network.advance(world.parameters.state_window + 1)
    pending = stage.claims().pending_state
    assert pending is not None
    successor.rollup.finalize_state(pending.serial)
    stage.claim(last=lag + 1, by="successor")


ROLE: Final = (
    Scenario(
        "hidden-order",
        "A contract holds the role and orders in an inner call: verifiers read the event, and dispute what it claims.",
        _hidden,
        (slashed("verifier", Reason.TIME_OUT),),
    ),
    Scenario(
        "lag-grows",
        "The sequencer claims no state until n - r is at its limit: L1 refuses more, and the role goes to another.",
        _lag_grows,
        (),
    ),
)
