"""The honest players: the next move is a function of what L1 shows and of one's own replay, and of nothing else.

Why they win is in docs/dispute-game.md. In short: the sequencer tells the truth wherever it is asked; the challenger
keeps "I accept the low hash, I deny the high hash" true from the opening to the last step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from offchain.errors import ProofError
from offchain.game.bisections import inner_points, points
from offchain.game.games import Form, Game, Phase, Side, Stage
from offchain.game.knowledge import Knowledge
from offchain.game.moves import Agree, Choose, Move, Object, Point, ProveStep, Refund, Reveal, TimeOut
from offchain.game.vectors import Opening, open_at

__all__ = ["GameView", "challenger_move", "sequencer_move"]


@dataclass(frozen=True, slots=True)
class GameView:
    """A game as L1 shows it in one block.

    vector: the inner hashes last revealed, in phase POINT. time: of the block. live: whether the term runs.
    finalized: the final index. diff_root: the standing claim of the batch at the range's end, in phase CHOOSE.
    """

    game: Game
    vector: tuple[bytes, ...]
    time: int
    live: bool
    finalized: int
    diff_root: bytes
    arity: int


def sequencer_move(view: GameView, own: Knowledge) -> Move | None:
    """The next move of an honest sequencer, None while it has to wait, or where it came too late."""
    game = view.game
    if not view.live:
        return None
    if game.turn is Side.CHALLENGER:
        return TimeOut() if view.time > game.deadline else None
    if view.time > game.deadline:
        return None
    if game.phase is Phase.ANSWER:
        mine = own.state_root(game.disputed.batch - 1)
        return Agree() if mine == game.parent_root else Object(mine)
    return Reveal(tuple(_hashes(game, inner_points(game.low, game.high, view.arity), own)))


def challenger_move(view: GameView, own: Knowledge) -> Move | None:
    """The next move of an honest challenger, None while it has to wait, or where it came too late."""
    game = view.game
    if not view.live:
        return Refund()
    if game.turn is Side.SEQUENCER:
        return TimeOut() if view.time > game.deadline else None
    if view.time > game.deadline:
        return None
    if game.phase is Phase.POINT:
        return _point(view, own)
    if game.phase is Phase.CHOOSE:
        batch = game.high
        wrong_diff = view.diff_root != own.diff_root(batch)
        form = Form.EXECUTION if wrong_diff and batch > view.finalized else Form.APPLICATION
        return Choose(form, batch, view.diff_root)
    return ProveStep(own.trace(game.form, game.batch).witness(game.low))


def _hashes(game: Game, indices: Sequence[int], own: Knowledge) -> list[bytes]:
    if game.stage is Stage.BATCHES:
        return [own.state_root(batch) for batch in indices]
    return own.trace(game.form, game.batch).hashes(indices)


def _point(view: GameView, own: Knowledge) -> Point:
    """The first segment whose end is not what we have. The high hash of the range is denied, so there is one."""
    game = view.game
    cuts = points(game.low, game.high, view.arity)
    theirs = [game.low_hash, *view.vector, game.high_hash]
    if len(theirs) != len(cuts):
        raise ProofError(
            f"game {game.id}: {len(view.vector)} hashes are revealed for {len(cuts) - 1} segments"
        )
    mine = _hashes(game, cuts[1:-1], own)
    segment = next((j for j, ours in enumerate(mine) if ours != view.vector[j]), len(mine))
    return Point(segment, _end(view, theirs, segment), _end(view, theirs, segment + 1))


def _end(view: GameView, theirs: Sequence[bytes], index: int) -> Opening:
    if index in (0, len(theirs) - 1):
        return Opening(theirs[index])
    return open_at(view.vector, index - 1)
