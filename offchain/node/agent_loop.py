"""An agent that goes on: one reading of L1 after the other, whatever the node of L1 does in between."""

from __future__ import annotations

import time
from collections.abc import Callable

from offchain.errors import NetworkError
from offchain.node.agent import Acted, Agent

__all__ = ["keep_acting", "line_of"]


def keep_acting(
    agent: Agent,
    say: Callable[[str], object],
    every: int | None,
    pause: Callable[[float], object] = time.sleep,
) -> None:
    """Act once, or for ever each ``every`` seconds; each thing done or failed is one line to ``say``.

    Raises `NetworkError` where L1 can't be read, but not where it goes on: then the line says so and the next reading
    may be better. All other errors end it: a store that is damaged is not read again.
    """
    while True:
        try:
            acted = agent.act()
        except NetworkError as error:
            if every is None:
                raise
            say(f"L1 can't be read, again in {every} s: {error}")
        else:
            for one in acted:
                say(line_of(one))
            if every is None and not acted:
                say("nothing to do: nothing is false, and no move is due")
        if every is None:
            return
        pause(every)


def line_of(acted: Acted) -> str:
    """What was done, for people."""
    move = type(acted.move).__name__ if acted.move is not None else ""
    what = ": ".join(
        part for part in (f"game {acted.game_id}" if acted.game_id else "", move, acted.note) if part
    )
    return what if acted.sent is None else f"{what}, {acted.sent.gas_used:,} gas"
