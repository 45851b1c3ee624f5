"""An agent that goes on: one reading of L1 after the other, whatever the node of L1 does in between."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from offchain.errors import NetworkError
from offchain.l1.games import GameRecord
from offchain.node.agent import Acted, Agent

__all__ = ["keep_acting", "line_of"]


def keep_acting(
    agent: Agent,
    say: Callable[[str], object],
    every: int | None,
    pause: Callable[[float], object] = time.sleep,
) -> None:
    """Act once, or for ever each ``every`` seconds; each thing done or failed is one line to ``say``.

    Going on, a failure that repeats itself is said once, and the end of each own game is said. Raises `NetworkError`
    where L1 can't be read, but not where it goes on: then the line says so and the next reading may be better. All
    other errors end it: a store that is damaged is not read again.
    """
    if every is None:
        acted = agent.act()
        for one in acted:
            say(line_of(one))
        if not acted:
            going_on = sum(not record.is_over for record in _own_games(agent))
            games = "game of this account goes" if going_on == 1 else "games of this account go"
            say(f"no move is due; {going_on} {games} on")
        return
    say(f"L1 is read every {every} s, until this is interrupted")
    failures: set[str] = set()
    over: set[int] | None = None
    while True:
        lines, failed = _act(agent, every)
        for line in lines:
            if line not in failures:
                say(line)
        failures = failed
        ended = [record for record in _own_games(agent) if record.is_over]
        for record in ended:
            if over is not None and record.game.id not in over:
                say(_ending_of(record))
        if agent.reading is not None:
            over = {record.game.id for record in ended}
        pause(every)


def line_of(acted: Acted) -> str:
    """What was done, for people."""
    move = type(acted.move).__name__ if acted.move is not None else ""
    what = ": ".join(
        part for part in (f"game {acted.game_id}" if acted.game_id else "", move, acted.note) if part
    )
    return what if acted.sent is None else f"{what}, {acted.sent.gas_used:,} gas"


def _act(agent: Agent, every: int) -> tuple[list[str], set[str]]:
    """What one reading led to, line by line, and those of the lines that tell of a failure."""
    try:
        acted = agent.act()
    except NetworkError as error:
        line = f"L1 can't be read, again in {every} s: {error}"
        return [line], {line}
    return [line_of(one) for one in acted], {line_of(one) for one in acted if one.sent is None}


def _own_games(agent: Agent) -> Iterable[GameRecord]:
    """All that L1 showed at the newest reading, in their order."""
    if agent.reading is None:
        return []
    games = agent.reading.games.games
    return [games[number] for number in sorted(games) if agent.is_mine(games[number])]


def _ending_of(record: GameRecord) -> str:
    reason = "" if record.reason is None else f" by {record.reason.name.lower().replace('_', '-')}"
    return f"game {record.game.id} is over: {record.outcome}{reason}"
