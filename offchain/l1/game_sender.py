"""Transactions to BisectionGame. Whatever L1 refuses is one `NetworkError` that names the contract's error."""

from __future__ import annotations

from typing import Protocol

from offchain.errors import NetworkError
from offchain.game.games import Game
from offchain.game.moves import Move
from offchain.l1.orders import Order
from offchain.l1.sender import Sent

__all__ = ["AlreadyDone", "GameSender"]


class AlreadyDone(NetworkError):  # noqa: N818
    """L1 refuses because somebody, or we before a restart, came first: harmless, read again."""


class GameSender(Protocol):
    """The calls of a player. Each raises `NetworkError` where L1 refuses, and else is done on return.

    `AlreadyDone` is raised where the game, the claim or the credit that is meant is not there any more.
    """

    def open_claim_game(
        self, order: Order, serial: int, diff_root: bytes, parent_root: bytes, bond: int
    ) -> Sent:
        """Dispute the claim ``diff_root`` of ``order.batch``; ``parent_root`` is h(S'_{n-1}), ``bond`` wei."""

    def open_state_game(self, serial: int, state_root: bytes, bond: int) -> Sent:
        """Dispute the pending state claim ``state_root``."""

    def make(self, game: Game, move: Move, order: Order | None = None) -> Sent:
        """Make a move of ``game``; ``order`` is that of the batch, for `Choose` only."""

    def withdraw(self, account: bytes) -> Sent:
        """Have the game's credit of a 20-byte address paid out."""
