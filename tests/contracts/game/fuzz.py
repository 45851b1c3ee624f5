"""Rollup and game driven at random, with one honest verifier that is awake.

Alice and Dave take turns as sequencers, in some terms honest and in others not. Bob and Dave challenge as they like.
Carol is the honest verifier: in each second she disputes the lowest claim that is wrong and answers what waits for
her. Time passes only when she is done, and the honest sequencer with her.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from offchain.game.bisections import points, segments
from offchain.game.games import Form, Game, Kind, Phase, Side, Stage
from offchain.game.moves import Agree, Move, Object, Point, ProveStep, Refund, Reveal, TimeOut
from offchain.game.players import challenger_move, sequencer_move
from tests.contracts.game.logs import rebuild
from tests.contracts.game.table import DAVE, GARBAGE, Table, address, openings
from tests.contracts.rollup.in_process import Reverted
from tests.contracts.rollup.play import ALICE, BOB, CAROL

__all__ = ["Driver"]

VACANT, ACTIVE, RETIRING = range(3)
MANY_GAMES = 10


class Driver:
    """One run. ``calls`` counts what was sent to the contracts, ``seen`` what came of it."""

    def __init__(self, seed: int) -> None:
        self.choices = random.Random(seed)
        self.table = Table(self.choices.choice([2, 3, 4]))
        self.truth = self.table.truth
        self.calls = 0
        self.seen: Counter[str] = Counter()
        self.running: dict[int, Game] = {}
        self.honest_term = False
        self.final: list[tuple[object, ...]] = []
        self.serials: dict[int, tuple[str, int]] = {}
        self.last_serial = 0
        self.base = 0
        self.ether = self.table.ether()

    # Calls, and what holds behind each

    def call(self, name: str, action: Callable[[], object]) -> bool:
        """Whether the contracts took it."""
        self.calls += 1
        try:
            action()
        except Reverted as error:
            self.seen[f"{name}: {error.name}"] += 1
            taken = False
        else:
            self.seen[name] += 1
            taken = True
        self.check()
        return taken

    def check(self) -> None:
        table = self.table
        assert table.game_is_solvent(len(self.running)) and table.solvent()
        assert table.ether() == self.ether
        _, claimed, finalized, serial = table.rollup("heads")
        assert serial >= self.last_serial
        self.last_serial = serial
        assert finalized >= len(self.final) and claimed >= finalized
        for batch in range(len(self.final) + 1, finalized + 1):
            claim = table.rollup("claimOf", batch)
            self.final.append(claim[:4])
            assert claim[4] == 0
            assert claim[0] == self.truth.diff_root(batch), "a wrong claim became final"
        if self.final:
            for batch in {len(self.final), self.choices.randint(1, len(self.final))}:
                assert table.rollup("claimOf", batch)[:4] == self.final[batch - 1]
        root, base = table.rollup("base")
        assert root == self.truth.state_root(base) and base >= self.base, "a wrong state claim became final"
        self.base = base
        open_games = Counter((g.kind, g.disputed.serial) for g in self.running.values() if self.live(g))
        for batch in range(finalized + 1, claimed + 1):
            claim = table.rollup("claimOf", batch)
            self.same_serial(claim[1], "claim", batch)
            assert claim[4] == open_games.pop((Kind.CLAIM, claim[1]), 0)
        pending = table.rollup("pendingState")
        if pending[1]:
            self.same_serial(pending[1], "state", pending[2])
            assert pending[4] == open_games.pop((Kind.STATE, pending[1]), 0)
        assert not open_games

    def same_serial(self, serial: int, kind: str, batch: int) -> None:
        assert self.serials.setdefault(serial, (kind, batch)) == (kind, batch), "a serial came twice"

    def live(self, game: Game) -> bool:
        _, role, term = self.table.rollup("seat")
        return bool(role != VACANT and term == game.disputed.term)

    # The run

    def run(self, calls: int) -> None:
        """At random until so many calls were made; then the log alone tells the games that go on."""
        while self.calls < calls:
            weights = [weight for weight, _ in ACTIONS]
            (action,) = self.choices.choices([action for _, action in ACTIONS], weights)
            action(self)
        assert rebuild(self.table.log, self.table.rules) == self.running

    def wait(self) -> None:
        """Carol first, and the honest sequencer."""
        self.awake()
        c = self.choices
        times = [g.deadline for g in self.running.values()]
        now = self.table.l1.time
        ahead = [t - now for t in times if now <= t <= now + 60]
        if ahead and c.random() < 0.5:
            self.table.wait(c.choice(ahead) + c.choice([0, 0, 1]))
        else:
            self.table.wait(c.choice([1, 1, 2, 3, 5, 6, 10, 30, 60, 101]))
        if c.random() < 0.003:
            self.table.wait(700)

    def awake(self) -> None:
        """Everything that the honest do in this second."""
        busy = True
        while busy:
            busy = self.dispute()
            for number in list(self.running):
                game = self.running.get(number)
                if game is not None:
                    busy |= self.answer(game)

    def dispute(self) -> bool:
        """Whether Carol opened a game: at the lowest wrong claim, unless she has one there already."""
        table = self.table
        mine = {g.disputed.serial for g in self.running.values() if address(g.challenger) == CAROL}
        pending = table.rollup("pendingState")
        if pending[1] and pending[0] != self.truth.state_root(pending[2]) and pending[1] not in mine:
            assert self.call("Carol disputes a state", lambda: self.opened(table.open_state(CAROL)))
            return True
        _, claimed, finalized, _ = table.rollup("heads")
        for batch in range(finalized + 1, claimed + 1):
            claim = table.rollup("claimOf", batch)
            if claim[0] != self.truth.diff_root(batch):
                if claim[1] in mine:
                    return False
                assert self.call("Carol disputes", lambda n=batch: self.opened(table.open(n, sender=CAROL)))  # type: ignore[misc]
                return True
        return False

    def answer(self, game: Game) -> bool:
        """Whether one of the honest moved."""
        view = self.table.view(game)
        for honest, player in (
            (address(game.challenger) == CAROL, challenger_move),
            (view.live and self.honest_term, sequencer_move),
        ):
            move = player(view, self.truth) if honest else None
            if move is not None:
                assert self.call(f"honest {type(move).__name__}", lambda m=move: self.move(game, m))  # type: ignore[misc]
                return True
        return False

    def opened(self, game: Game) -> None:
        self.running[game.id] = game

    def move(self, game: Game, move: Move, sender: str | None = None) -> None:
        after = self.table.move(game, move, sender)
        if after is not None:
            self.running[game.id] = after
            return
        del self.running[game.id]
        end = self.table.log[-1].name
        assert not (end == "ChallengerLost" and address(game.challenger) == CAROL), "the honest verifier lost"
        assert not (end == "SequencerLost" and self.honest_term), "the honest sequencer lost"
        self.seen[end] += 1

    # What anybody does

    def sequence(self) -> None:
        """The role, orders, claims."""
        table, c = self.table, self.choices
        sequencer, role, _ = table.rollup("seat")
        ordered, claimed, finalized, _ = table.rollup("heads")
        if role == VACANT:
            who = c.choice([ALICE, DAVE])
            if self.call("beginTerm", lambda: table.begin(who)):
                self.honest_term = c.random() < 0.5
            return
        if role == RETIRING:
            self.call("endTerm", lambda: table.rollup("endTerm"))
            return
        roll = c.random()
        if roll < 0.01:
            self.call("retire", lambda: table.rollup("retire", sender=sequencer))
        elif roll < 0.5 and ordered < finalized + 8:
            if table.orders:
                earliest = table.orders[-1].timestamp + table.parameters.batch_interval
                if table.l1.time < earliest:
                    self.awake()
                    table.wait(earliest - table.l1.time)
            sequencer, role, _ = table.rollup("seat")
            if role == ACTIVE:
                self.call("append", lambda: table.append(sender=sequencer))
        elif roll < 0.85 and claimed < ordered:
            count = c.randint(1, ordered - claimed)
            roots = [self.truth.diff_root(n) for n in range(claimed + 1, claimed + count + 1)]
            if not self.honest_term and c.random() < 0.5:
                roots[c.randrange(count)] = c.choice([GARBAGE, bytes(32)])
            self.call("claim", lambda: table.claim_roots(roots, sequencer))
        elif self.base < finalized:
            batch = c.randint(self.base + 1, finalized)
            root = self.truth.state_root(batch)
            if not self.honest_term and c.random() < 0.4:
                root = c.choice([GARBAGE, bytes(32)])
            self.call("claimState", lambda: table.claim_state(batch, root, sequencer))

    def settle(self) -> None:
        """What anybody may call."""
        table, c = self.table, self.choices
        name = c.choice(["finalize", "finalizeState", "retireSilent", "withdraw", "withdraw", "endTerm"])
        if name == "finalize":
            self.call(name, table.finalize)
        elif name == "finalizeState":
            serial = table.rollup("pendingState")[1]
            self.call(name, lambda: table.rollup("finalizeState", serial))
        elif name == "withdraw":
            contract, who = c.choice([table.game, table.rollup]), c.choice([ALICE, BOB, CAROL, DAVE])
            self.call(name, lambda: contract("withdraw", who, sender=BOB))
        else:
            self.call(name, lambda: table.rollup(name))

    def challenge(self) -> None:
        """Bob or Dave dispute anything."""
        table, c = self.table, self.choices
        if len(self.running) >= MANY_GAMES or not table.orders:
            return
        who = c.choice([BOB, DAVE])
        if c.random() < 0.3:
            self.call("openStateGame", lambda: self.opened(table.open_state(who)))
            return
        _, claimed, finalized, _ = table.rollup("heads")
        batch = c.randint(finalized + 1, claimed) if claimed > finalized else c.randint(1, len(table.orders))
        parent = c.choice([self.truth.state_root(batch - 1)] * 3 + [GARBAGE])
        self.call("openClaimGame", lambda: self.opened(table.open(batch, parent, who)))

    def play(self) -> None:
        """A move in some game, sensible or not, by those who are not honest."""
        if not self.running:
            return
        c = self.choices
        game = c.choice(list(self.running.values()))
        if not self.live(game):
            move: Move = c.choice([Refund(), Refund(), TimeOut(), Agree()])
        elif self.table.l1.time > game.deadline and c.random() < 0.8:
            move = TimeOut()
        else:
            mover = address(game.challenger if game.turn is Side.CHALLENGER else game.disputed.sequencer)
            if mover == CAROL or (self.honest_term and game.turn is Side.SEQUENCER):
                self.awake()
                return
            move = self.any_move(game)
        sender = None if c.random() < 0.97 else c.choice([ALICE, BOB, DAVE])
        if self.takes(game, move, sender):
            self.call(type(move).__name__, lambda: self.move(game, move, sender))

    def takes(self, game: Game, move: Move, sender: str | None) -> bool:
        """A call in the name of the honest is theirs alone: Alice and Dave are not both at once."""
        mover = address(game.challenger if game.turn is Side.CHALLENGER else game.disputed.sequencer)
        by_anybody = isinstance(move, TimeOut | Refund | ProveStep)
        theirs = mover == CAROL or (self.honest_term and game.turn is Side.SEQUENCER)
        return by_anybody or not theirs or sender not in (None, mover)

    def any_move(self, game: Game) -> Move:
        c, table = self.choices, self.table
        view = table.view(game)
        if c.random() < 0.3:
            sensible = sequencer_move(view, self.truth) or challenger_move(view, self.truth)
            if sensible is not None and not isinstance(sensible, TimeOut):
                return sensible
        match game.phase:
            case Phase.ANSWER:
                return c.choice(
                    [Agree(), Object(GARBAGE), Object(self.truth.state_root(game.disputed.batch - 1))]
                )
            case Phase.REVEAL:
                count = segments(game.length, table.parameters.arity) - 1 + (c.random() < 0.02)
                return Reveal(tuple(self.letter(game, j) for j in range(count)))
            case Phase.POINT:
                segment = c.randrange(len(view.vector) + 1)
                return Point(segment, *openings(view, segment))
            case Phase.CHOOSE:
                return table.choice(c.choice(list(Form)), game.high)
            case _:
                return c.choice([TimeOut(), ProveStep(b"\0"), self.proof(game)])

    def letter(self, game: Game, j: int) -> bytes:
        if self.choices.random() < 0.3:
            return self.choices.choice([GARBAGE, game.high_hash])
        cuts = points(game.low, game.high, self.table.parameters.arity)[1:-1]
        at = cuts[min(j, len(cuts) - 1)]
        if game.stage is Stage.BATCHES:
            return self.truth.state_root(at)
        return self.truth.trace(game.form, game.batch).hashes([at])[0]

    def proof(self, game: Game) -> Move:
        """Of the true trace: it shows the step if the game is still on it."""
        return ProveStep(self.truth.trace(game.form, game.batch).witness(game.low))

    def repeat(self) -> None:
        """A call that was made for another state of a game."""
        games = list(self.running.values())
        if not games:
            return
        c = self.choices
        game = replace(c.choice(games), moved_at=self.table.l1.time - 1_000_000)
        move = c.choice([Agree(), Reveal((GARBAGE,)), TimeOut(), Refund(), ProveStep(b"")])
        assert not self.call("stale", lambda: self.table.call(game, move, BOB))


ACTIONS: list[tuple[int, Callable[[Driver], None]]] = [
    (12, Driver.wait),
    (18, Driver.sequence),
    (14, Driver.settle),
    (12, Driver.challenge),
    (60, Driver.play),
    (3, Driver.repeat),
    (6, Driver.awake),
]
