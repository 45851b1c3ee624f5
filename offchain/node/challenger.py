"""The challenger's side: it opens a game on what differs from its own replay, and plays all games that it opened."""

from __future__ import annotations

from offchain.errors import DeltarollError, StoreError
from offchain.game.knowledge import Knowledge
from offchain.game.players import challenger_move
from offchain.l1.claims import Claim, ClaimBook, Role, StateClaim
from offchain.l1.game_sender import AlreadyDone, GameSender
from offchain.l1.game_watcher import GameWatcher
from offchain.l1.games import GameRecord
from offchain.l1.sender import Sent
from offchain.node.agent import Acted, Agent, Player, Reading
from offchain.node.replica import Replica

__all__ = ["Challenger"]


class Challenger(Agent):
    """Plays for the account at ``address``, which pays the bonds. It withdraws nothing by itself.

    ``knowledge``: its own replay where none is given; ``player``: the strategy. Tests put cheats into both.
    """

    def __init__(
        self,
        replica: Replica,
        games: GameWatcher,
        sender: GameSender,
        address: bytes,
        knowledge: Knowledge | None = None,
        player: Player = challenger_move,
    ) -> None:
        super().__init__(replica, games, sender, address, knowledge, player)
        self._sent_until = -1
        """The L1 block of the last opening: a node that has not reached it may not show that game yet."""

    def is_mine(self, record: GameRecord) -> bool:
        """Whether we opened the game."""
        return record.game.challenger == self.address

    def act(self) -> list[Acted]:
        """Opens what has to be opened and makes every move that is due: also time-outs, and refunds of void games.

        Raises what `read` does; call it again then.
        """
        reading = self.read()
        acted = [*self.play(reading), *self._open(reading)]
        self.keep_up(reading)
        return acted

    def open_disputes(self) -> list[Acted]:
        """Opens a game on the lowest claim that differs from the own replay, and one on such a state claim.

        At most one for each serial, ever. Nothing above the lowest false claim can be final before it; a false
        state claim lies below it, but a game on the one does not hold up the other.
        """
        return self._open(self.read())

    def _open(self, reading: Reading) -> list[Acted]:
        book = reading.claims
        if book.role is Role.VACANT or reading.block.number < self._sent_until:
            return []
        disputed = {
            record.game.disputed.serial for record in reading.games.games.values() if self.is_mine(record)
        }
        acted: list[Acted] = []
        for find in (self._false_state, self._false_claim):
            name = "the claims"
            try:
                claim = find(reading)
                if claim is None or claim.serial in disputed:
                    continue
                name = f"{_name(claim)} is false, but"
                sent = (
                    self._open_state(claim, book)
                    if isinstance(claim, StateClaim)
                    else self._open_claim(claim, book)
                )
                self._sent_until = max(self._sent_until, sent.block)
                acted.append(Acted(0, None, sent, f"opened: {_name(claim)}"))
            except AlreadyDone as error:
                acted.append(Acted(0, None, None, f"already done: {error}"))
            except DeltarollError as error:
                acted.append(Acted(0, None, None, f"{name}: {error}"))
            except Exception as error:  # noqa: BLE001  a fault that one claim brings out must not hide the other
                acted.append(Acted(0, None, None, f"{name}: a fault of ours: {error!r}"))
        return acted

    def _false_state(self, reading: Reading) -> StateClaim | None:
        """The pending state claim, where it differs and can be disputed."""
        pending = reading.claims.pending_state
        window = self.replica.watcher.rollup.parameters.state_window
        if pending is None or reading.block.timestamp > pending.time + window:
            return None
        return None if pending.state_root == self.knowledge.state_root(pending.batch) else pending

    def _false_claim(self, reading: Reading) -> Claim | None:
        """The lowest claim that is not final and differs, where it can be disputed."""
        book = reading.claims
        window = self.replica.watcher.rollup.parameters.claim_window
        for batch in range(book.finalized + 1, book.claimed + 1):
            claim = book.claims[batch]
            if claim.diff_root != self.knowledge.diff_root(batch):
                return claim if reading.block.timestamp <= claim.time + window else None
        return None

    def _open_claim(self, claim: Claim, book: ClaimBook) -> Sent:
        self._require_own_base(book)
        ordered = self.orders.order(claim.batch)
        self._confirm(claim)
        parent_root = self.knowledge.state_root(claim.batch - 1)
        return self.sender.open_claim_game(
            ordered.order, claim.serial, claim.diff_root, parent_root, self.games.bond
        )

    def _open_state(self, claim: StateClaim, book: ClaimBook) -> Sent:
        self._require_own_base(book)
        return self.sender.open_state_game(claim.serial, claim.state_root, self.games.bond)

    def _require_own_base(self, book: ClaimBook) -> None:
        """Games begin at the final h(S_r). Whoever has another one could only lose them."""
        batch, root = book.base
        if self.knowledge.state_root(batch) != root:
            raise StoreError(f"the final state of batch {batch} is not the own one: no game can be won on it")

    def _confirm(self, claim: Claim) -> None:
        """Executes the disputed batch once more: a store that was damaged must not cost a bond."""
        replica = self.replica
        ordered = self.orders.order(claim.batch)
        pre = replica.store.at(claim.batch - 1)
        result = replica.executor.execute(pre, replica.config.context(ordered.order), ordered.data)
        if result.diff.root() != replica.note(claim.batch).diff_root:
            raise StoreError(
                f"store {replica.store.path}: batch {claim.batch} executes to another diff than is kept"
            )


def _name(claim: Claim | StateClaim) -> str:
    if isinstance(claim, StateClaim):
        return f"state claim {claim.serial} of batch {claim.batch}"
    return f"claim {claim.serial} of batch {claim.batch}"
