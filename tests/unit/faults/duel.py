"""Two players without a chain: the rules, and a judge that knows the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from offchain.batches.codec import encode_order
from offchain.evm.context import BatchContext
from offchain.faults.players import NextMove
from offchain.faults.replay import Replay
from offchain.game.games import Base, Disputed, Form, Game, Kind, Phase, Side, Stage
from offchain.game.knowledge import Knowledge
from offchain.game.moves import Agree, Choose, Object, Point, ProveStep, Reveal, TimeOut
from offchain.game.players import GameView, challenger_move, sequencer_move
from offchain.game.rules import Rules
from offchain.game.vectors import root_from
from offchain.proofs.encoding import diff_hash, start_hash
from offchain.scenario.workload import CHAIN, genesis, plan

__all__ = ["CLOCK", "Duel", "Outcome", "replayed"]

CLOCK = 1_000
_ZERO = bytes(32)


class Outcome(Enum):
    """Who lost, and how."""

    SEQUENCER_BY_STEP = "the sequencer, by a step"
    SEQUENCER_BY_TIME = "the sequencer, by silence"
    CHALLENGER_BY_STEP = "the challenger, by a step"
    CHALLENGER_BY_TIME = "the challenger, by silence"


def replayed() -> Replay:
    """The scenarios' workload, as if it had been ordered."""
    orders = [
        (
            BatchContext(
                chain_id=CHAIN.chain_id,
                number=number,
                timestamp=1_800_000_000 + CHAIN.batch_interval * number,
                prevrandao=bytes([number]) * 32,
                parent_order_hash=bytes([0x40 + number]) * 32,
                coinbase=b"\xc0" * 20,
                gas_limit=CHAIN.batch_gas_limit,
                base_fee=CHAIN.base_fee,
            ),
            encode_order(batch.items),
        )
        for number, batch in enumerate(plan(), 1)
    ]
    return Replay(genesis(), orders)


@dataclass
class Duel:
    """One game. ``truth`` judges the last step; ``claims`` are the standing h(D) that are not the truth."""

    truth: Replay
    sequencer: Knowledge
    challenger: Knowledge
    claims: Mapping[int, bytes]
    arity: int = 2
    sequencer_plays: NextMove = sequencer_move
    challenger_plays: NextMove = challenger_move
    base: int = 0
    finalized: int = 0
    moves: int = 0

    def dispute_claim(self, batch: int) -> Outcome:
        """The game about a claim, from its opening on."""
        parent_root = self.challenger.state_root(batch - 1)
        game = self._game(Kind.CLAIM, batch, self._claimed(batch), parent_root)
        game = replace(game, high=batch - 1)
        if game.length:
            return self._play(game)
        end = replace(
            game,
            phase=Phase.REVEAL,
            stage=Stage.TRACE,
            batch=batch,
            high=1 << 36,
            low=0,
            low_hash=start_hash(CHAIN.batch_gas_limit),
            high_hash=diff_hash(game.disputed.root),
        )
        return self._play(end)

    def dispute_state(self, batch: int, root: bytes) -> Outcome:
        """The game about a state claim."""
        game = replace(self._game(Kind.STATE, batch, root, _ZERO), high=batch, high_hash=root)
        return self._play(replace(game, phase=Phase.REVEAL if game.length > 1 else Phase.CHOOSE))

    def _game(self, kind: Kind, batch: int, root: bytes, parent_root: bytes) -> Game:
        base = Base(self.truth.state_root(self.base), self.base)
        disputed = Disputed(b"\x01" * 20, 1, 1, batch, root, _ZERO, _ZERO, base)
        return Game(
            id=1,
            kind=kind,
            challenger=b"\x02" * 20,
            disputed=disputed,
            parent_root=parent_root,
            phase=Phase.ANSWER,
            stage=Stage.BATCHES,
            form=Form.EXECUTION,
            batch=0,
            context_hash=_ZERO,
            low=self.base,
            high=self.base,
            low_hash=base.state_root,
            high_hash=_ZERO,
            vector_root=_ZERO,
            moved_at=0,
            sequencer_time=CLOCK,
            challenger_time=CLOCK,
        )

    def _claimed(self, batch: int) -> bytes:
        return self.claims.get(batch) or self.truth.diff_root(batch)

    def _play(self, game: Game) -> Outcome:
        rules = Rules(self.arity, CHAIN.batch_gas_limit)
        time = 0
        vector: tuple[bytes, ...] = ()
        while True:
            time += 1
            assert time < 1 << 20, "the game does not end"
            claimed = self._claimed(game.high) if game.phase is Phase.CHOOSE else _ZERO
            view = GameView(game, vector, time, True, self.finalized, claimed, self.arity)
            turn = game.turn
            player = self.sequencer_plays if turn is Side.SEQUENCER else self.challenger_plays
            move = player(view, self.sequencer if turn is Side.SEQUENCER else self.challenger)
            if move is None:
                time = game.deadline + 1
                other = sequencer_move if turn is Side.CHALLENGER else challenger_move
                assert other(replace(view, time=time), self.truth) == TimeOut()
                by_time = Outcome.SEQUENCER_BY_TIME, Outcome.CHALLENGER_BY_TIME
                return by_time[turn is Side.CHALLENGER]
            self.moves += 1
            match move:
                case Agree():
                    game = rules.agree(game, time)
                case Object(parent_root):
                    game = rules.object(game, time, parent_root)
                case Reveal(hashes):
                    game, vector = rules.reveal(game, time, hashes), hashes
                case Point(segment, start, end):
                    last = len(vector)
                    for index, opening in ((segment, start), (segment + 1, end)):
                        if 0 < index <= last:
                            assert root_from(opening, index - 1) == game.vector_root
                    game, vector = rules.point(game, time, segment, start.hash, end.hash), ()
                case Choose(form, _):
                    assert form is Form.APPLICATION or game.high > self.finalized
                    game = rules.choose(game, time, form, self._claimed(game.high), _ZERO)
                case ProveStep():
                    trace = self.truth.trace(game.form, game.batch)
                    assert trace.hash_at(game.low) == game.low_hash, "nobody has a witness of this"
                    right = trace.hash_at(game.low + 1) == game.high_hash
                    by_step = Outcome.SEQUENCER_BY_STEP, Outcome.CHALLENGER_BY_STEP
                    return by_step[right]
                case _:
                    raise AssertionError(f"{move} ends nothing here")
