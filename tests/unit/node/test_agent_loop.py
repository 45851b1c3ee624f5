"""An agent that goes on survives a node that does not answer, and says what it did."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from offchain.errors import NetworkError, StoreError
from offchain.game.moves import Agree
from offchain.l1.sender import Sent
from offchain.node.agent import Acted
from offchain.node.agent_loop import keep_acting


class Scripted:
    """Acts as it is told, once each."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    def act(self) -> list[Acted]:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[no-any-return]


class StopError(Exception):
    """Ends a loop that has no end."""


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


def test_once_says_that_there_is_nothing_to_do() -> None:
    assert run(Scripted([]), None) == ["nothing to do: nothing is false, and no move is due"]


def test_once_a_node_that_fails_is_an_error() -> None:
    with pytest.raises(NetworkError):
        run(Scripted(NetworkError("down")), None)


def test_going_on_outlives_a_node_that_fails() -> None:
    said = run(Scripted(NetworkError("down"), [], [Acted(1, Agree(), None, "already done: x")]), 5)
    assert said == ["L1 can't be read, again in 5 s: down", "game 1: Agree: already done: x"]


def test_a_damaged_store_ends_it() -> None:
    with pytest.raises(StoreError):
        run(Scripted(StoreError("damaged"), []), 5)
