"""The games of the log: folded by the same rules as on L1, each compared with the hash that L1 keeps of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from offchain.errors import NetworkError, ProofError
from offchain.game.games import Game, Phase, Reason, Side
from offchain.game.rules import Rules
from offchain.l1.claims import ClaimBook, Role
from offchain.l1.game_events import (
    Agreed,
    ChallengerLost,
    FormChosen,
    GameEvent,
    GameOpened,
    Objected,
    Pointed,
    Refunded,
    Revealed,
    SequencerLost,
    StepProven,
    Withdrawn,
)

__all__ = ["GameBook", "GameRecord", "Outcome", "is_live"]


class Outcome(StrEnum):
    """How a game came to its end."""

    SEQUENCER_LOST = "sequencer lost"
    CHALLENGER_LOST = "challenger lost"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class GameRecord:
    """A game as it stands, or as it stood before its last call.

    vector: the inner hashes last revealed, in phase POINT, else empty. outcome: None while the game goes on;
    reason: of a verdict.
    """

    game: Game
    vector: tuple[bytes, ...] = ()
    outcome: Outcome | None = None
    reason: Reason | None = None

    @property
    def is_over(self) -> bool:
        """Whether L1 has forgotten the game."""
        return self.outcome is not None

    @property
    def winner(self) -> Side | None:
        """Who won by a verdict."""
        if self.outcome is Outcome.SEQUENCER_LOST:
            return Side.CHALLENGER
        return Side.SEQUENCER if self.outcome is Outcome.CHALLENGER_LOST else None

    def is_void(self, book: ClaimBook) -> bool:
        """Whether the game goes on although its term does not: a refund is all that is left."""
        return not self.is_over and not is_live(self.game, book)


def is_live(game: Game, book: ClaimBook) -> bool:
    """Whether the game's term goes on."""
    return book.role is not Role.VACANT and game.disputed.term == book.term


class GameBook:
    """What stands after all events given to `apply`, in their order; games by id, the ended ones as well.

    credits: what the game contract owes, by address.
    """

    def __init__(self, rules: Rules, bond: int) -> None:
        self.rules = rules
        self.bond = bond
        self.games: dict[int, GameRecord] = {}
        self.credits: dict[bytes, int] = {}
        self.running: set[int] = set()
        """Ids of the games that are not over, void ones among them."""

    def apply(self, event: GameEvent) -> None:
        """Goes on by one event; raises `NetworkError` where it does not fit."""
        try:
            _RULES[type(event)](self, event)
        except ProofError as error:
            raise NetworkError(f"{_misfit(event)}: {error}") from error

    def going_on(self) -> list[GameRecord]:
        """The games that are not over, by their ids."""
        return [self.games[number] for number in sorted(self.running)]

    def lowest_base(self, book: ClaimBook) -> int:
        """The lowest batch whose state a live game may still ask for; r where there is none."""
        live = [record.game.disputed.base.batch for record in self.going_on() if is_live(record.game, book)]
        return min([book.base[0], *live])

    # One rule an event

    def _open(self, event: GameOpened) -> None:
        game = event.game
        fits = event.id == game.id == len(self.games) + 1 and game.hash() == event.game_hash
        _fit(fits and event.challenger == game.challenger and event.serial == game.disputed.serial, event)
        self.games[event.id] = GameRecord(game)
        self.running.add(event.id)

    def _agree(self, event: Agreed) -> None:
        self._moved(event, self.rules.agree(self._game(event), event.time))

    def _object(self, event: Objected) -> None:
        self._moved(event, self.rules.object(self._game(event), event.time, event.parent_root))

    def _reveal(self, event: Revealed) -> None:
        self._moved(event, self.rules.reveal(self._game(event), event.time, event.hashes), event.hashes)

    def _point(self, event: Pointed) -> None:
        ends = event.low_hash, event.high_hash
        self._moved(event, self.rules.point(self._game(event), event.time, event.segment, *ends))

    def _choose(self, event: FormChosen) -> None:
        chosen = event.form, event.diff_root, event.context_hash
        self._moved(event, self.rules.choose(self._game(event), event.time, *chosen))

    def _prove(self, event: StepProven) -> None:
        game = self._game(event)
        hashes = event.state_hash == game.low_hash and event.claimed_hash == game.high_hash
        _fit(game.phase is Phase.STEP and hashes, event)

    def _sequencer_lost(self, event: SequencerLost) -> None:
        game = self._game(event)
        _fit(event.term == game.disputed.term and event.challenger == game.challenger, event)
        self._end(event.id, Outcome.SEQUENCER_LOST, event.reason)
        self._credit(game.challenger, self.bond)

    def _challenger_lost(self, event: ChallengerLost) -> None:
        game = self._game(event)
        parties = event.challenger == game.challenger and event.sequencer == game.disputed.sequencer
        _fit(parties and event.reward + event.burnt == self.bond, event)
        self._end(event.id, Outcome.CHALLENGER_LOST, event.reason)
        self._credit(event.sequencer, event.reward)

    def _refund(self, event: Refunded) -> None:
        game = self._game(event)
        _fit(event.challenger == game.challenger and event.bond == self.bond, event)
        self._end(event.id, Outcome.REFUNDED, None)
        self._credit(event.challenger, event.bond)

    def _withdraw(self, event: Withdrawn) -> None:
        _fit(self.credits.get(event.account, 0) == event.amount > 0, event)
        del self.credits[event.account]

    def _game(self, event: Any) -> Game:
        _fit(event.id in self.running, event)
        return self.games[event.id].game

    def _moved(self, event: Any, game: Game, vector: tuple[bytes, ...] = ()) -> None:
        _fit(game.hash() == event.game_hash, event)
        self.games[event.id] = GameRecord(game, vector)

    def _end(self, number: int, outcome: Outcome, reason: Reason | None) -> None:
        self.games[number] = replace(self.games[number], vector=(), outcome=outcome, reason=reason)
        self.running.discard(number)

    def _credit(self, account: bytes, amount: int) -> None:
        self.credits[account] = self.credits.get(account, 0) + amount


_RULES: Final[Mapping[type[GameEvent], Callable[[GameBook, Any], None]]] = {
    GameOpened: GameBook._open,
    Agreed: GameBook._agree,
    Objected: GameBook._object,
    Revealed: GameBook._reveal,
    Pointed: GameBook._point,
    FormChosen: GameBook._choose,
    StepProven: GameBook._prove,
    SequencerLost: GameBook._sequencer_lost,
    ChallengerLost: GameBook._challenger_lost,
    Refunded: GameBook._refund,
    Withdrawn: GameBook._withdraw,
}


def _fit(fits: bool, event: GameEvent) -> None:
    if not fits:
        raise NetworkError(_misfit(event))


def _misfit(event: GameEvent) -> str:
    return f"the L1 node contradicts itself: {type(event).__name__} of the game does not fit what came before"
