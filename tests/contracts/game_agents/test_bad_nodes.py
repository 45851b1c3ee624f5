"""What a bad node of L1 can do to the agents: hold them up, never make them lose or pay."""

from __future__ import annotations

from typing import TypeVar

import pytest

from offchain.demo.actors import CONFIG
from offchain.errors import NetworkError
from offchain.l1.game_watcher import watch_games
from offchain.l1.games import Outcome
from offchain.l1.watcher import Watcher
from offchain.node.agent import Agent
from tests.contracts.game_agents.arena import PARAMETERS, Arena
from tests.contracts.game_agents.bad_nodes import Failing, Lagging, Node, Secretive
from tests.contracts.game_agents.lies import objecting

pytestmark = pytest.mark.chain

_Node = TypeVar("_Node", bound=Node)


def put_behind(arena: Arena, agent: Agent, kind: type[_Node]) -> _Node:
    """The agent reads L1 through another node from now on."""
    node = kind(arena.network.new_source())
    agent.replica.watcher = Watcher(node, arena.rollup)
    agent.games = watch_games(node, arena.deployment, CONFIG.batch_gas_limit)
    return node


def begin(arena: Arena) -> None:
    sequencer = arena.sequencer(3)
    sequencer.begin_term(PARAMETERS.stake)
    arena.post(sequencer, 3)


def test_a_node_that_fails_now_and_then_only_holds_the_game_up(arena: Arena) -> None:
    begin(arena)
    challenger, defender = arena.challenger(), arena.defender(objecting)
    put_behind(arena, challenger, Failing).good = 41
    put_behind(arena, defender, Failing).good = 37
    failures = 0
    for _ in range(80):
        for agent in (challenger, defender):
            try:
                agent.act()
            except NetworkError:
                failures += 1
        games = arena.book().games
        if games and games[1].is_over:
            break
    assert failures > 3
    assert arena.book().games[1].outcome is Outcome.SEQUENCER_LOST and len(arena.book().games) == 1


def test_a_node_that_lies_behind_shows_old_games_and_old_moves_are_refused(arena: Arena) -> None:
    begin(arena)
    challenger, defender = arena.challenger(), arena.defender(objecting)
    behind = put_behind(arena, challenger, Lagging)
    challenger.act()
    behind.behind = 1
    assert challenger.act() == []  # its own game is not there yet: none is opened again
    behind.behind = 0
    defender.act()
    defender.act()
    challenger.act()  # points
    behind.behind = 1
    (refused,) = challenger.act()  # would point once more
    assert refused.sent is None and refused.note.startswith("already done: ")
    assert len(arena.book().games) == 1
    behind.behind = 4
    for _ in range(12):
        challenger.act()
        defender.act()
    behind.behind = 0
    arena.play(challenger, defender)
    assert arena.book().games[1].outcome is Outcome.SEQUENCER_LOST and len(arena.book().games) == 1


def test_a_move_that_is_kept_back_is_noticed(arena: Arena) -> None:
    begin(arena)
    challenger, defender = arena.challenger(), arena.defender()
    challenger.act()
    defender.act()
    node = put_behind(arena, challenger, Secretive)
    node.game = defender.games.address
    node.dropped = 1
    with pytest.raises(NetworkError, match="contradicts itself: the contract has another hash of game 1"):
        challenger.act()
    node.dropped = 2
    with pytest.raises(NetworkError, match="contradicts itself: events give 0 games, the contract 1"):
        challenger.act()
    node.dropped = 0
    arena.play(challenger, defender)
    assert arena.book().games[1].outcome is Outcome.SEQUENCER_LOST
