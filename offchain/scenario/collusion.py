"""Scenarios of a dishonest sequencer with friends, against one honest verifier."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from offchain.demo.actors import ETHER
from offchain.evm.context import MemoryState
from offchain.faults.knowledge import Lying, garbage
from offchain.faults.players import agreeing, at, pointing_at, silent
from offchain.faults.replay import ReplayedBatch, apply_leaves
from offchain.faults.traces import Diverging, record
from offchain.game.games import Form, Phase, Reason, Side
from offchain.game.moves import TimeOut
from offchain.game.players import challenger_move, sequencer_move
from offchain.node.agent import Reading
from offchain.scenario.scenario import SLASHED, Scenario, forfeits, refunded, slashed
from offchain.scenario.stage import Stage
from offchain.scenario.tactics import false_slot
from offchain.scenario.workload import BATCHES
from offchain.state.diff import Diff
from offchain.trees.sparse_merkle_tree import SparseMerkleTree

__all__ = ["COLLUSION"]

_NAME: Final = "friend"


def _over(reading: Reading) -> bool:
    return any(record.is_over for record in reading.games.games.values())


def _loses(stage: Stage) -> None:
    """The friend's game is lost before the verifier makes its first move."""
    lie = false_slot(stage)
    stage.claim(lie)
    stage.open(_NAME)
    stage.defend(lie)
    stage.challenge(_NAME, player=pointing_at(0))
    stage.run(until=_over)
    stage.verify()
    stage.run()


def _agrees(stage: Stage) -> None:
    """Both friends take a false S_5, from which the claimed D_6 follows: L1 finds the step of their game right."""
    lie = _other_world(stage)
    stage.claim(lie)
    stage.open(_NAME, parent_root=lie.state_root(BATCHES - 1))
    stage.defend(lie, agreeing(sequencer_move))
    stage.challenge(_NAME, lie, pointing_at(0))
    stage.run(until=_over)
    stage.agents.clear()
    stage.defend(lie)
    stage.verify()
    stage.run()


def _other_world(stage: Stage) -> Lying:
    """Somebody has an ether more in S_5, and all else follows from it."""
    batch = stage.truth.batch(BATCHES)
    address = max(at for at in batch.pre.accounts if at in batch.diff.accounts)
    richer = {address: batch.pre.accounts[address] + ETHER}
    pre = MemoryState(
        {**batch.pre.accounts, **richer}, batch.pre.slots, batch.pre.code_hashes, batch.pre.codes
    )
    leaves = apply_leaves(batch.leaves, Diff(accounts=richer).leaves())
    other = ReplayedBatch(pre, leaves, batch.context, batch.data, batch.diff)
    machine = other.machine()
    trace = record(machine, other.machine)
    own = stage.world.known["sequencer"]
    application = Diverging(own.trace(Form.APPLICATION, BATCHES - 1), 1, lambda i: garbage("application", i))
    return Lying(
        own,
        diff_roots={BATCHES: machine.overlay.mirror.tree.root},
        state_roots={BATCHES - 1: SparseMerkleTree(leaves).root},
        traces={(Form.EXECUTION, BATCHES): trace, (Form.APPLICATION, BATCHES - 1): application},
        tells=f"0x{address.hex()} has an ether more in S_{BATCHES - 1}",
    )


def _late(stage: Stage) -> None:
    """The friend's game is still going on when the verifier's has ended the term."""
    lie = false_slot(stage)
    stage.claim(lie)
    stage.open(_NAME)
    stage.defend(lie)
    stage.verify()
    stage.run(until=_over)
    (mine,) = (record for record in stage.games().going_on())
    stage.world.network.advance(stage.world.parameters.clock + 1)
    make = stage.party(_NAME).game.make
    stage.refused("a verdict of an ended term", "GameIsVoid", lambda: make(mine.game, TimeOut()))
    stage.run()


def _first(stage: Stage) -> None:
    """The sequencer answers its friend's game only, and loses it, while the verifier's waits."""
    lie = false_slot(stage)
    stage.claim(lie)
    stage.open(_NAME)
    stage.open("verifier")
    stage.defend(lie, lambda view, own: None if view.game.id != 1 else sequencer_move(view, own))
    stage.challenge(_NAME)
    stage.run(until=_over)
    stage.verify()
    stage.run()


def _front_run(stage: Stage) -> None:
    """The very same opening, one block before the verifier's."""
    lie = false_slot(stage)
    stage.claim(lie)
    stage.open(_NAME)
    stage.defend(lie)
    stage.verify()
    stage.challenge(_NAME, player=silent(challenger_move, at(Phase.POINT), Side.CHALLENGER))
    stage.run()


def _again(stage: Stage) -> None:
    """A friend takes the vacant role and repeats the claims word for word."""
    lie = false_slot(stage)
    stage.claim(lie)
    stage.defend(lie)
    stage.verify()
    stage.run()
    stage.party(_NAME).rollup.begin_term(stage.world.parameters.stake)
    stage.claim(replace(lie, tells=""), by=_NAME)
    stage.run()


COLLUSION: Final = (
    Scenario(
        "loses-on-purpose",
        "A friend of the sequencer disputes its false claim and loses: that validates nothing.",
        _loses,
        (forfeits(_NAME), *SLASHED),
    ),
    Scenario(
        "agrees-on-a-false-parent",
        "Both friends take a false S_{n-1} from which the claim follows, and L1 finds their step right.",
        _agrees,
        (forfeits(_NAME), *SLASHED),
    ),
    Scenario(
        "wins-late",
        "A friend's game goes on when the verifier's has ended the term: only its refund is left.",
        _late,
        (refunded(_NAME), *SLASHED),
    ),
    Scenario(
        "wins-first",
        "The sequencer loses to its friend to save half of the stake; the verifier gets its bond back.",
        _first,
        (slashed(_NAME), refunded("verifier")),
    ),
    Scenario(
        "front-runs",
        "A friend opens the very game that the verifier is about to open: both are played.",
        _front_run,
        (refunded(_NAME), *SLASHED),
    ),
    Scenario(
        "the-same-lie-again",
        "After the slash a friend takes the role and makes the same claims: disputed and slashed anew.",
        _again,
        (*SLASHED, slashed("verifier", Reason.TIME_OUT)),
    ),
)
