"""Everything that both sides can do in a small game, played on the real contracts.

A search over positions: a position is the game as L1 stores it without the second of its last move, the vector that
was revealed and the final index. It is entered once; every transition out of it is a call on the contracts, taken
back by the EVM's own snapshot. Each side that is not honest tries, at once and in its last second, all that the
rules let it do: every answer, every vector over an alphabet of hashes, every segment, every form, every step that
anybody can show. Everybody can be silent, for a second or for years, and unless the
sequencer is honest, another game may end the term.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product

import pytest

from offchain.game.bisections import points
from offchain.game.games import Form, Game, Phase, Side, Stage
from offchain.game.moves import Agree, Choose, Move, Object, Point, ProveStep, Refund, Reveal, TimeOut
from offchain.game.players import challenger_move, sequencer_move
from offchain.hashing import keccak
from offchain.proofs.encoding import diff_hash, state_hash
from tests.contracts.game.table import DAVE, GARBAGE, Table, openings
from tests.contracts.game.toy import APPLY, DIFF, STATE, ToyTrace
from tests.contracts.rollup.in_process import Reverted
from tests.contracts.rollup.play import ALICE, BOB, CAROL, refused

__all__ = ["HonestLostError", "Search", "World"]

YEAR = 366 * 86_400
LATE = (1, YEAR, 10 * YEAR)
ENDS = ("SequencerLost", "ChallengerLost", "Refunded")
LOSSES = ((Side.SEQUENCER, "SequencerLost"), (Side.CHALLENGER, "ChallengerLost"))


class HonestLostError(Exception):
    """What must not happen."""


@dataclass(frozen=True)
class World:
    """Who is honest, what was claimed, and how much is tried.

    batches: orders and claims, the last of them disputed. wrong: batches with a claim that is not the truth.
    base: r. letters: hashes that a dishonest sequencer picks from at each point. late: whether the dishonest try
    their last second too. honest: the honest side, None for none.
    """

    honest: Side | None
    batches: int
    arity: int
    wrong: frozenset[int] = frozenset()
    base: int = 0
    letters: int = 3
    late: bool = True
    state_root: bytes | None = None
    """The state claim that is disputed instead of the last claim."""


@dataclass
class Search:
    """One world played out. ``positions``, ``calls``, ``verdicts`` count what was seen."""

    world: World
    calls: int = 0
    verdicts: dict[str, int] = field(default_factory=dict)
    seen: set[object] = field(default_factory=set)

    def __post_init__(self) -> None:
        world = self.world
        self.table = table = Table(world.arity)
        table.begin()
        table.append_many(world.batches)
        self.truth = table.truth
        self.claims = [self._claimed(n) for n in range(1, world.batches + 1)]
        final = world.batches if world.state_root is not None else world.base
        if final:
            table.claim_roots(self.claims[:final])
            table.wait(table.parameters.claim_window + 1)
            table.finalize()
        if world.base:
            serial = table.claim_state(world.base, self.truth.state_root(world.base))
            table.wait(table.parameters.state_window + 1)
            table.rollup("finalizeState", serial)
        if world.state_root is not None:
            table.claim_state(world.batches, world.state_root)
        else:
            table.claim_roots(self.claims[final:])
            # In its last second, so that the claims below may become final while the game goes on.
            table.wait(table.parameters.claim_window)
        self.other = (
            table.open_state(DAVE) if world.state_root is not None else table.open(world.batches, sender=DAVE)
        )
        self.ether = table.ether()

    def _claimed(self, batch: int) -> bytes:
        right = self.truth.diff_root(batch)
        return keccak(b"wrong" + right) if batch in self.world.wrong else right

    @property
    def positions(self) -> int:
        return len(self.seen)

    def run(self) -> None:
        """Everything."""
        for parent in self._parents():
            checkpoint, time = self.table.l1.evm.snapshot(), self.table.l1.time
            game = (
                self.table.open_state()
                if self.world.state_root is not None
                else self.table.open(self.world.batches, parent)
            )
            self.calls += 1
            begun = game.stage is Stage.TRACE
            self._visit(game, self._trace(game, game.disputed.base.state_root) if begun else None)
            self._back(checkpoint, time)

    def _parents(self) -> list[bytes]:
        n, base = self.world.batches, self.world.base
        right = self.truth.state_root(n - 1)
        if self.world.state_root is not None or n == base + 1 or self.world.honest is Side.CHALLENGER:
            return [right]
        return [right, keccak(b"another state"), GARBAGE, bytes(32)][: self.world.letters + 1]

    # One position

    def _visit(self, game: Game, trace: ToyTrace | None) -> None:
        table = self.table
        finalized = table.rollup("heads")[2]
        key = (
            replace(game, moved_at=0),
            table.vectors.get(game.id) if game.phase is Phase.POINT else (),
            finalized,
        )
        if key in self.seen:
            return
        self.seen.add(key)
        self._silence(game)
        self._voidness(game)
        for wait, move in self._moves(game, trace):
            checkpoint, time = table.l1.evm.snapshot(), table.l1.time
            vectors = dict(table.vectors)
            table.l1.time += wait
            sender = None
            if isinstance(move, ProveStep):
                sender = (ALICE, BOB, CAROL)[self.calls % 3]
            after = table.move(game, move, sender)
            self.calls += 1
            self._check_money(running=2 if after else 1)
            if after is None:
                self._ended(game)
            else:
                self._visit(after, self._trace_behind(game, move, after) or trace)
            self._back(checkpoint, time)
            table.vectors = vectors
        if game.phase is Phase.CHOOSE and not finalized:
            self._finalize(game)

    def _trace_behind(self, game: Game, move: Move, after: Game) -> ToyTrace | None:
        """Of a move that begins stage two."""
        if isinstance(move, Choose):
            return self._trace(after, game.low_hash)
        return self._trace(after, game.parent_root) if isinstance(move, Agree) else None

    def _trace(self, game: Game, pre: bytes) -> ToyTrace:
        return self.truth.trace_after(game.form, game.batch, pre, self.claims[game.batch - 1])

    def _finalize(self, game: Game) -> None:
        """The claims below become final just before the choice."""
        table = self.table
        world = self.world
        if world.state_root is not None or world.batches == world.base + 1 or game.deadline == table.l1.time:
            return
        if world.honest is Side.CHALLENGER and min(world.wrong) < world.batches:
            return  # It would have disputed the lower one, which then could not become final.
        checkpoint, time = table.l1.evm.snapshot(), table.l1.time
        table.wait(1)
        assert table.finalize() == self.world.batches - 1 - self.world.base
        self.calls += 1
        self._visit(game, None)
        self._back(checkpoint, time)

    def _silence(self, game: Game) -> None:
        """In no position is anybody stuck, however late; silence costs the side on turn its game."""
        table = self.table
        now = table.l1.time
        table.l1.time = game.deadline
        with refused("BisectionGame_TooEarly"):
            table.call(game, TimeOut(), CAROL)
        for late in LATE:
            checkpoint = table.l1.evm.snapshot()
            table.l1.time = game.deadline + late
            assert table.move(game, TimeOut(), CAROL) is None
            self.calls += 1
            assert table.log[-1].name == (
                "SequencerLost" if game.turn is Side.SEQUENCER else "ChallengerLost"
            )
            self._check_money(running=1)
            if game.turn is not self.world.honest:
                self._ended(game)  # the honest are never silent
            self._back(checkpoint, now)

    def _voidness(self, game: Game) -> None:
        """Another game ends the term: the bond comes back, and nothing else is left to do."""
        if self.world.honest is Side.SEQUENCER or self.other.turn is Side.CHALLENGER:
            return
        table = self.table
        checkpoint, time = table.l1.evm.snapshot(), table.l1.time
        table.wait(self.other.deadline + YEAR - time)
        assert table.move(self.other, TimeOut(), CAROL) is None
        for move in (TimeOut(), Agree(), ProveStep(b"")):
            with refused("BisectionGame_GameIsVoid"):
                table.call(game, move, ALICE)
        before = table.owed(BOB)
        assert table.move(game, Refund(), CAROL) is None
        assert table.owed(BOB) == before + table.bond
        self.calls += 2
        self._check_money(running=0)
        self._ended(game)
        self._back(checkpoint, time)

    def _ended(self, game: Game) -> None:
        """Once, and not against the honest."""
        table, name = self.table, self.table.log[-1].name
        self.verdicts[name] = self.verdicts.get(name, 0) + 1
        assert name in ENDS
        if (self.world.honest, name) in LOSSES:
            raise HonestLostError(game)
        for move in (TimeOut(), Refund()):
            with refused("BisectionGame_GameChanged"):
                table.call(game, move, CAROL)
        table.log.clear()

    def _check_money(self, running: int) -> None:
        table = self.table
        assert table.game_is_solvent(running) and table.solvent()
        assert table.ether() == self.ether

    def _back(self, checkpoint: object, time: int) -> None:
        self.table.l1.evm.revert(checkpoint)
        self.table.l1.time = time

    # What the side on turn can do

    def _moves(self, game: Game, trace: ToyTrace | None) -> Iterator[tuple[int, Move]]:
        table = self.table
        if game.phase is Phase.STEP:
            yield from self._steps(game, trace)
            return
        if game.turn is self.world.honest:
            player = sequencer_move if game.turn is Side.SEQUENCER else challenger_move
            move = player(table.view(game), self.truth)
            assert move is not None
            yield 0, move
            return
        waits = {0, game.deadline - table.l1.time} if self.world.late else {0}
        for move in self._anything(game, trace):
            for wait in sorted(waits):
                yield wait, move

    def _anything(self, game: Game, trace: ToyTrace | None) -> Iterator[Move]:
        table = self.table
        match game.phase:
            case Phase.ANSWER:
                yield Agree()
                for root in self._letters(game, trace, game.disputed.batch - 1):
                    if root != game.parent_root:
                        yield Object(root)
            case Phase.REVEAL:
                cuts = points(game.low, game.high, table.parameters.arity)[1:-1]
                for vector in product(*[self._letters(game, trace, cut) for cut in cuts]):
                    yield Reveal(vector)
            case Phase.POINT:
                view = table.view(game)
                for segment in range(len(view.vector) + 1):
                    yield Point(segment, *openings(view, segment))
            case Phase.CHOOSE:
                final = game.high <= table.rollup("heads")[2]
                for form in Form:
                    if form is Form.APPLICATION or not final:
                        yield table.choice(form, game.high)
                    else:
                        with refused("BisectionGame_BatchIsFinal"):
                            table.call(game, table.choice(form, game.high))

    def _letters(self, game: Game, trace: ToyTrace | None, at: int) -> list[bytes]:
        """The hashes that a sequencer may show at a point: the true one, a provable wrong one, garbage, the end's."""
        if game.stage is Stage.BATCHES:
            found = [self.truth.state_root(at), keccak(b"another state"), GARBAGE, game.high_hash]
        else:
            assert trace is not None
            right, before = trace.hashes([at, at - 1])
            found = [right, before if before != right else game.high_hash, GARBAGE, game.high_hash]
        return list(dict.fromkeys(found[: self.world.letters]))

    def _steps(self, game: Game, trace: ToyTrace | None) -> Iterator[tuple[int, Move]]:
        """Every witness that anybody has for the last step, and none where there is no preimage."""
        assert trace is not None
        shown = dict(trace._states())
        diff = self.claims[game.batch - 1]
        shown[diff_hash(diff)] = DIFF + diff
        for root in (self.world.state_root, keccak(b"another state"), GARBAGE):
            if root is not None:
                shown[state_hash(root)] = STATE + root
        fields = shown.get(game.low_hash)
        if self.world.honest is Side.CHALLENGER:
            mine = challenger_move(self.table.view(game), self.truth)
            assert fields is not None and mine == ProveStep(fields[:1] + trace.context + fields[1:])
        for wrong in (b"", b"\xff", APPLY + trace.context + bytes(64), STATE + trace.context + GARBAGE):
            if fields is None or wrong != fields[:1] + trace.context + fields[1:]:
                with pytest.raises(Reverted):
                    self.table.call(game, ProveStep(wrong), CAROL)
        if fields is not None:
            for _ in range(3):  # by each of three
                yield 0, ProveStep(fields[:1] + trace.context + fields[1:])
