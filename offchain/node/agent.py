"""What both players' agents share: read L1 once, make every move that is due, keep no truth between two readings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from offchain.errors import DeltarollError, NetworkError
from offchain.game.games import Game, Phase
from offchain.game.knowledge import Knowledge
from offchain.game.moves import Choose, Move
from offchain.game.players import GameView
from offchain.l1.claims import ClaimBook
from offchain.l1.game_sender import AlreadyDone, GameSender
from offchain.l1.game_watcher import GameWatcher
from offchain.l1.games import GameBook, GameRecord, is_live
from offchain.l1.sender import Sent
from offchain.l1.source import L1Block
from offchain.l1.watcher import ChainMovedError
from offchain.node.knowledge import ReplicaKnowledge
from offchain.node.order_reader import OrderReader
from offchain.node.replica import Replica

__all__ = ["Acted", "Agent", "Player", "Reading"]

Player: TypeAlias = Callable[[GameView, Knowledge], Move | None]

_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class Acted:
    """What was done, or failed, in one game.

    game_id: 0 for an opening, whose id L1 gives. move: None for an opening. sent: None where L1 did not take it.
    note: why not, or what was opened; "" for a move that was made.
    """

    game_id: int
    move: Move | None
    sent: Sent | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """L1 after one block: the claims, the games."""

    block: L1Block
    claims: ClaimBook = field(repr=False)
    games: GameBook = field(repr=False)


class Agent:
    """One side of the games of one account (20 bytes). A subclass says which games are its own.

    What it knows comes from L1 and from its replica's store, each time anew: it can be killed anywhere. Whatever
    fails in one game stops none of the others; what was not done is due again in the next `act`.
    """

    def __init__(
        self,
        replica: Replica,
        games: GameWatcher,
        sender: GameSender,
        address: bytes,
        knowledge: Knowledge | None,
        player: Player,
    ) -> None:
        self.replica = replica
        self.games = games
        self.sender = sender
        self.address = address
        self.orders = OrderReader(replica)
        self.knowledge = ReplicaKnowledge(replica, self.orders) if knowledge is None else knowledge
        self.player = player
        self.reading: Reading | None = None
        """The newest, for whoever tells of it: no move depends on it."""

    def read(self) -> Reading:
        """L1 as it is now, with the store brought to it. Raises what `Replica.sync` does."""
        for _ in range(_ATTEMPTS):
            synced = self.replica.sync()
            try:
                self.reading = Reading(synced.block, synced.book, self.games.book(synced.block))
                return self.reading
            except ChainMovedError:
                continue
        raise NetworkError(f"L1 was reorganized {_ATTEMPTS} times while it was read")

    def is_mine(self, record: GameRecord) -> bool:
        """Whether this agent plays in the game."""
        raise NotImplementedError

    def act(self) -> list[Acted]:
        """Reads L1 once and makes every move that is due. Raises what `read` does; call it again then."""
        reading = self.read()
        acted = self.play(reading)
        self.keep_up(reading)
        return acted

    def play(self, reading: Reading) -> list[Acted]:
        """Makes every move that is due in the own games, the one with the nearest deadline first."""
        mine = [record for record in reading.games.going_on() if self.is_mine(record)]
        return list(self._play(reading, sorted(mine, key=lambda record: record.game.deadline)))

    def _play(self, reading: Reading, records: Iterable[GameRecord]) -> Iterable[Acted]:
        for record in records:
            game = record.game
            move: Move | None = None
            try:
                move = self.player(self.view(reading, record), self.knowledge)
                if move is None:
                    continue
                order = self.orders.order(move.batch).order if isinstance(move, Choose) else None
                yield Acted(game.id, move, self.sender.make(game, move, order))
            except AlreadyDone as error:
                yield Acted(game.id, move, None, f"already done: {error}")
            except DeltarollError as error:
                yield Acted(game.id, move, None, str(error))
            except Exception as error:  # noqa: BLE001  a fault that one game brings out must not lose the others
                yield Acted(game.id, move, None, f"a fault of ours: {error!r}")

    def keep_up(self, reading: Reading) -> None:
        """Brings the kept state tree to the lowest batch that a live game begins at.

        So the tree of any batch that is played is at most MAX_LAG diffs away, however old the chain is.
        """
        store = self.replica.store
        lowest = reading.games.lowest_base(reading.claims)
        if store.header.tree_batch < lowest <= store.head:
            store.move_tree(lowest)

    def view(self, reading: Reading, record: GameRecord) -> GameView:
        """A game as its player sees it."""
        game = record.game
        return GameView(
            game=game,
            vector=record.vector,
            time=reading.block.timestamp,
            live=is_live(game, reading.claims),
            finalized=reading.claims.finalized,
            diff_root=_standing_diff_root(game, reading.claims),
            arity=self.games.rules.arity,
        )


def _standing_diff_root(game: Game, book: ClaimBook) -> bytes:
    """h(D) of the batch where the range ends, as it is claimed; asked for in phase CHOOSE only."""
    claim = book.claims.get(game.high) if game.phase is Phase.CHOOSE else None
    return bytes(32) if claim is None else claim.diff_root
