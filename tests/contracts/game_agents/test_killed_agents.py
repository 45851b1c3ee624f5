"""Agents that are killed come back from L1 and their stores, and the verdict is the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from offchain.game.games import Reason
from offchain.game.players import sequencer_move
from offchain.l1.games import Outcome
from offchain.node.agent import Acted, Agent, Player
from tests.contracts.game_agents.arena import PARAMETERS, Arena
from tests.contracts.game_agents.lies import FALSE_ROOT, FalseDiffs, objecting

pytestmark = pytest.mark.chain


class Killed(BaseException):
    """Not an error that an agent could catch."""


class KillingSender:
    """A `GameSender` that ends its process at one call, before or after L1 takes the transaction."""

    def __init__(self, inner: Any, after: bool) -> None:
        self._inner = inner
        self._after = after

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            if self._after:
                getattr(self._inner, name)(*arguments)
            raise Killed

        return call


def play_with_kills(arena: Arena, make: Callable[[], tuple[Agent, Agent]]) -> tuple[int, int]:
    """Both agents are new before every single move, and killed before it and after it; (kills, moves)."""
    kills = moves = 0
    while True:
        quiet = True
        for number in range(2):
            for after in (False, True):
                agent = make()[number]
                right = agent.sender
                agent.sender = KillingSender(right, after)
                try:
                    acted = agent.act()
                except Killed:
                    kills, moves, quiet = kills + 1, moves + after, False
                else:
                    assert not acted, acted
        if quiet:
            return kills, moves


def prepare(arena: Arena, *lies: int) -> None:
    sequencer = arena.sequencer(*lies)
    sequencer.begin_term(PARAMETERS.stake)
    arena.post(sequencer, 4)
    arena.kill("sequencer")


def outcome(arena: Arena) -> tuple[Outcome | None, Reason | None, int, int]:
    record = arena.book().games[1]
    return record.outcome, record.reason, arena.owed(0), arena.owed(1)


@pytest.mark.parametrize("lies", [(4,), ()], ids=["a false claim", "a wrong challenge"])
def test_case_b_ends_alike_though_both_die_around_every_move(
    arena: Arena, chain: Any, lies: tuple[int, ...]
) -> None:
    prepare(arena, *lies)
    defending: Player = objecting if lies else sequencer_move

    def make() -> tuple[Agent, Agent]:
        challenger, defender = arena.challenger(), arena.defender(defending)
        if not lies:
            challenger.knowledge = FalseDiffs(challenger.knowledge, 4)
        return challenger, defender

    before = chain.snapshot()
    story: list[Acted] = arena.play(*make())
    undisturbed = outcome(arena)
    chain.restore(before)
    arena.network.advance(1)
    kills, moves = play_with_kills(arena, make)
    assert outcome(arena) == undisturbed
    assert undisturbed[0] is (Outcome.SEQUENCER_LOST if lies else Outcome.CHALLENGER_LOST)
    assert len(arena.book().games) == 1
    assert moves == len(story)
    assert kills == 2 * moves


def test_a_game_goes_on_where_a_reorg_leaves_it(arena: Arena, chain: Any) -> None:
    prepare(arena, 4)
    challenger, defender = arena.challenger(), arena.defender(objecting)
    snapshots = []
    for _ in range(3):
        snapshots.append(chain.snapshot())
        challenger.act()
        defender.act()
    reached = arena.book().games[1].game
    chain.restore(snapshots[2])
    arena.network.advance(1)
    assert arena.book().games[1].game != reached
    arena.play(challenger, defender)
    assert arena.book().games[1].outcome is Outcome.SEQUENCER_LOST


def test_an_opening_that_a_reorg_took_is_opened_again(arena: Arena, chain: Any) -> None:
    prepare(arena, 4)
    challenger, defender = arena.challenger(), arena.defender(objecting)
    snapshot = chain.snapshot()
    challenger.act()
    defender.act()
    chain.restore(snapshot)
    assert defender.act() == []
    arena.network.advance(1)
    arena.network.advance(1)
    arena.play(challenger, defender)
    record = arena.book().games[1]
    assert record.outcome is Outcome.SEQUENCER_LOST and len(arena.book().games) == 1


def test_an_opening_that_a_reorg_overtakes_puts_no_bond_on_a_right_claim(arena: Arena, chain: Any) -> None:
    sequencer = arena.sequencer()
    sequencer.begin_term(PARAMETERS.stake)
    arena.post(sequencer, 2)
    arena.network.advance(PARAMETERS.claim_window + 1)
    sequencer.finalize()
    snapshot = chain.snapshot()
    order_hash, right = sequencer.replica.note(2).order_hash, sequencer.replica.store.state_root(2)
    arena.on_l1.claimState(2, order_hash, 2, FALSE_ROOT, sender=arena.accounts[0])
    challenger = arena.challenger()
    reading = challenger.read()
    chain.restore(snapshot)
    arena.on_l1.claimState(2, order_hash, 2, right, sender=arena.accounts[0])
    (refused,) = challenger._open(reading)
    assert refused.sent is None and "ClaimDiffers" in refused.note
    assert arena.book().games == {} and challenger.act() == []


def test_a_reorg_that_takes_the_disputed_order_leaves_nothing_to_dispute(arena: Arena, chain: Any) -> None:
    arena.network.advance(100)  # a snapshot of its own: ape keeps them by block
    snapshot = chain.snapshot()
    prepare(arena, 4)
    challenger, defender = arena.challenger(), arena.defender()
    challenger.act()
    defender.act()
    chain.restore(snapshot)
    arena.network.advance(1)
    alice = arena.people["alice"]
    alice.nonce = 0
    prepare(arena)
    assert challenger.act() == [] and defender.act() == []
    assert challenger.replica.store.head == 4
