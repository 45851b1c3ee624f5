"""What each move makes of a game. Twins: contracts/game/GameOpenings.sol, GameMoves.sol, GameTraces.sol.

These are the games of the log: who calls, when, and whether the term still runs was checked by L1. What a move says
is checked here nevertheless, so that a log that lies is found out by the hash of the game behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from offchain.errors import ProofError
from offchain.game.bisections import points, segments
from offchain.game.games import Form, Game, Phase, Side, Stage
from offchain.game.vectors import vector_root
from offchain.proofs.encoding import apply_hash, diff_hash, start_hash, state_hash

__all__ = ["APPLICATION_END", "EXECUTION_END", "Rules", "trace_end"]

EXECUTION_END: Final = 1 << 36
APPLICATION_END: Final = 1 << 18
_ZERO: Final = bytes(32)


def trace_end(form: Form) -> int:
    """The index at which a trace ends."""
    return APPLICATION_END if form is Form.APPLICATION else EXECUTION_END


@dataclass(frozen=True, slots=True)
class Rules:
    """``arity``: k. ``gas_limit``: G_b, with which an execution starts.

    execution_end, application_end: shorter in tests with a toy verifier. Every method raises `ProofError` where the
    move does not fit.
    """

    arity: int
    gas_limit: int
    execution_end: int = EXECUTION_END
    application_end: int = APPLICATION_END

    def agree(self, game: Game, time: int) -> Game:
        """Case A: the trace of the disputed batch."""
        game = replace(_moved(game, Phase.ANSWER, time), batch=game.disputed.batch)
        return self._trace(game, Form.EXECUTION, start_hash(self.gas_limit), diff_hash(game.disputed.root))

    def object(self, game: Game, time: int, parent_root: bytes) -> Game:
        """Case B: the batches from r to n - 1."""
        game = _moved(game, Phase.ANSWER, time)
        if parent_root == game.parent_root:
            raise ProofError("an objection repeats what the challenger said")
        return _cut(replace(game, context_hash=_ZERO, high_hash=parent_root))

    def reveal(self, game: Game, time: int, hashes: Sequence[bytes]) -> Game:
        """The inner hashes of the range."""
        game = _moved(game, Phase.REVEAL, time)
        want = segments(game.length, self.arity) - 1
        if len(hashes) != want:
            raise ProofError(f"a vector has {len(hashes)} hashes, not {want}")
        return replace(game, phase=Phase.POINT, vector_root=vector_root(hashes))

    def point(self, game: Game, time: int, segment: int, low_hash: bytes, high_hash: bytes) -> Game:
        """The segment from point ``segment`` to the next one."""
        game = _moved(game, Phase.POINT, time)
        cuts = points(game.low, game.high, self.arity)
        if not 0 <= segment < len(cuts) - 1:
            raise ProofError(f"a range of {len(cuts) - 1} segments has no segment {segment}")
        low, high = cuts[segment : segment + 2]
        return _cut(
            replace(game, low=low, high=high, low_hash=low_hash, high_hash=high_hash, vector_root=_ZERO)
        )

    def choose(self, game: Game, time: int, form: Form, diff_root: bytes, context_hash: bytes) -> Game:
        """Stage two at the batch where the range ends; ``diff_root`` is the standing claim of it."""
        game = _moved(game, Phase.CHOOSE, time)
        pre, post = game.low_hash, game.high_hash
        game = replace(game, batch=game.high, context_hash=context_hash)
        first = apply_hash(pre, diff_root) if form is Form.APPLICATION else start_hash(self.gas_limit)
        last = diff_hash(diff_root) if form is Form.EXECUTION else state_hash(post)
        return self._trace(game, form, first, last)

    def _trace(self, game: Game, form: Form, first: bytes, last: bytes) -> Game:
        end = self.application_end if form is Form.APPLICATION else self.execution_end
        return _cut(
            replace(game, stage=Stage.TRACE, form=form, low=0, high=end, low_hash=first, high_hash=last)
        )


def _moved(game: Game, phase: Phase, time: int) -> Game:
    """The game with the mover's clock stopped at ``time``."""
    if game.phase is not phase:
        raise ProofError(f"a move of phase {phase.name} in phase {game.phase.name}")
    left = game.deadline - time
    if left < 0:
        raise ProofError(f"a move {-left} s behind its deadline")
    if game.turn is Side.SEQUENCER:
        return replace(game, moved_at=time, sequencer_time=left)
    return replace(game, moved_at=time, challenger_time=left)


def _cut(game: Game) -> Game:
    if game.length != 1:
        return replace(game, phase=Phase.REVEAL)
    return replace(game, phase=Phase.CHOOSE if game.stage is Stage.BATCHES else Phase.STEP)
