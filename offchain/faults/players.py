"""Players that do not play well: each is the next move of an honest one, but for something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from offchain.faults.knowledge import garbage
from offchain.game.bisections import segments
from offchain.game.games import Form, Phase, Side, Stage
from offchain.game.knowledge import Knowledge
from offchain.game.moves import Agree, Choose, Move, Object, Point, Reveal
from offchain.game.players import GameView, challenger_move
from offchain.game.vectors import Opening, open_at

__all__ = [
    "Moment",
    "NextMove",
    "agreeing",
    "at",
    "choosing",
    "garbage_from",
    "objecting",
    "pointing_at",
    "silent",
    "silent_when_possible",
]

NextMove: TypeAlias = Callable[[GameView, Knowledge], Move | None]
Moment: TypeAlias = Callable[[GameView], bool]


def at(phase: Phase, stage: Stage | None = None, *, below: int | None = None) -> Moment:
    """A phase, of one stage if one is given; ``below``: only once the range is shorter than that."""

    def now(view: GameView) -> bool:
        game = view.game
        fits = game.phase is phase and stage in (None, game.stage)
        return fits and (below is None or game.length < below)

    return now


def silent(player: NextMove, when: Moment, side: Side) -> NextMove:
    """Makes no move of ``side`` from the moment on that it is on turn in such a view."""

    def move(view: GameView, own: Knowledge) -> Move | None:
        return None if view.game.turn is side and when(view) else player(view, own)

    return move


def silent_when_possible(player: NextMove, side: Side) -> NextMove:
    """Moves only when the last second has come: legal, and as slow as the clock allows."""

    def move(view: GameView, own: Knowledge) -> Move | None:
        waits = view.game.turn is side and view.time < view.game.deadline - 1
        return None if waits else player(view, own)

    return move


def agreeing(player: NextMove) -> NextMove:
    """Agrees with any h(S_{n-1})."""

    def move(view: GameView, own: Knowledge) -> Move | None:
        return Agree() if view.live and view.game.phase is Phase.ANSWER else player(view, own)

    return move


def objecting(player: NextMove, parent_root: bytes) -> NextMove:
    """Objects to any h(S_{n-1})."""

    def move(view: GameView, own: Knowledge) -> Move | None:
        return Object(parent_root) if view.live and view.game.phase is Phase.ANSWER else player(view, own)

    return move


def garbage_from(player: NextMove, length: int) -> NextMove:
    """Reveals garbage once the range of a trace is at most ``length`` long: its own vectors before were right."""

    def move(view: GameView, own: Knowledge) -> Move | None:
        game = view.game
        if not view.live or game.phase is not Phase.REVEAL or game.stage is Stage.BATCHES:
            return player(view, own)
        if game.length > length:
            return player(view, own)
        count = segments(game.length, view.arity) - 1
        return Reveal(tuple(garbage("vector", game.low + j) for j in range(count)))

    return move


def pointing_at(segment: int, player: NextMove = challenger_move) -> NextMove:
    """Points at the same segment whatever is revealed; -1 is the last one."""

    def move(view: GameView, own: Knowledge) -> Move | None:
        game = view.game
        if not view.live or game.phase is not Phase.POINT:
            return player(view, own)
        hashes = [game.low_hash, *view.vector, game.high_hash]
        first = segment % (len(hashes) - 1)

        def end(index: int) -> Opening:
            inner = 0 < index < len(hashes) - 1
            return open_at(view.vector, index - 1) if inner else Opening(hashes[index])

        return Point(first, end(first), end(first + 1))

    return move


def choosing(form: Form, player: NextMove = challenger_move) -> NextMove:
    """Chooses this form in stage two: all three are legal as long as the batch is not final."""

    def move(view: GameView, own: Knowledge) -> Move | None:
        made = player(view, own)
        return replace(made, form=form) if isinstance(made, Choose) else made

    return move
