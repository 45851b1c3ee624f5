"""An agent that goes on survives a node that does not answer, and says what it did."""

from __future__ import annotations

from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest

from offchain.errors import NetworkError, StoreError
from offchain.game.games import Reason
from offchain.game.moves import Agree
from offchain.l1.games import Outcome
from offchain.l1.sender import Sent
from offchain.node.agent import Acted
from offchain.node.agent_loop import keep_acting


def game(number: int, outcome: Outcome | None = None, reason: Reason | None = None) -> Any:
    is_over = outcome is not None
    return SimpleNamespace(game=SimpleNamespace(id=number), outcome=outcome, reason=reason, is_over=is_over)


class Scripted:
    """Acts as it is told, once each; ``games``: what L1 shows at each reading that comes about."""

    def __init__(self, *answers: Any, games: Any = ()) -> None:
        self.answers = list(answers)
        self.games = list(games)
        self.reading: Any = None

    def is_mine(self, record: Any) -> bool:
        return bool(record.game.id < 10)

    def act(self) -> list[Acted]:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        shown = {record.game.id: record for record in (self.games.pop(0) if self.games else ())}
        self.reading = SimpleNamespace(games=SimpleNamespace(games=shown))
        return answer  # type: ignore[no-any-return]


class StopError(Exception):
    """Ends a loop that has no end."""


START = "L1 is read every 5 s, until this is interrupted"


def run(agent: Scripted, every: int | None) -> list[str]:
    said: list[str] = []

    def pause(seconds: float) -> None:
        assert seconds == every
        if not agent.answers:
            raise StopError

    with suppress(StopError):
        keep_acting(agent, said.append, every, pause)  # type: ignore[arg-type]
    return said


def test_once_says_what_was_done() -> None:
    acted = [Acted(3, Agree(), Sent(9, 54_639)), Acted(0, None, Sent(9, 117_000), "opened: claim 4")]
    assert run(Scripted(acted), None) == ["game 3: Agree, 54,639 gas", "opened: claim 4, 117,000 gas"]


def test_once_says_that_no_move_is_due_and_which_games_go_on() -> None:
    shown = [game(1), game(2), game(3, Outcome.SEQUENCER_LOST), game(11)]
    assert run(Scripted([], games=[shown]), None) == ["no move is due; 2 games of this account go on"]


def test_once_a_node_that_fails_is_an_error() -> None:
    with pytest.raises(NetworkError):
        run(Scripted(NetworkError("down")), None)


def test_going_on_outlives_a_node_that_fails() -> None:
    said = run(Scripted(NetworkError("down"), [], [Acted(1, Agree(), None, "already done: x")]), 5)
    assert said == [START, "L1 can't be read, again in 5 s: down", "game 1: Agree: already done: x"]


def test_a_failure_that_repeats_itself_is_said_once() -> None:
    down, refused = NetworkError("down"), [Acted(1, Agree(), None, "refused")]
    said = run(Scripted(down, down, refused, refused, [], refused), 5)
    again = "game 1: Agree: refused"
    assert said == [START, "L1 can't be read, again in 5 s: down", again, again]


def test_a_thing_done_twice_is_said_twice() -> None:
    done = [Acted(1, Agree(), Sent(9, 7))]
    assert run(Scripted(done, done), 5) == [START, "game 1: Agree, 7 gas", "game 1: Agree, 7 gas"]


def test_the_end_of_an_own_game_is_said_once() -> None:
    old, won = game(1, Outcome.REFUNDED), game(2, Outcome.CHALLENGER_LOST, Reason.TIME_OUT)
    others = game(12, Outcome.REFUNDED)
    shown = [[old, game(2)], [old, won, others], [old, won, others]]
    said = run(Scripted([], NetworkError("down"), [], [], games=shown), 5)
    assert said == [
        START,
        "L1 can't be read, again in 5 s: down",
        "game 2 is over: challenger lost by time-out",
    ]


def test_a_damaged_store_ends_it() -> None:
    with pytest.raises(StoreError):
        run(Scripted(StoreError("damaged"), []), 5)
