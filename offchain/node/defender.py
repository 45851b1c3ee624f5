"""The sequencer's side of all games at once."""

from __future__ import annotations

from offchain.game.knowledge import Knowledge
from offchain.game.players import sequencer_move
from offchain.l1.game_sender import GameSender
from offchain.l1.game_watcher import GameWatcher
from offchain.l1.games import GameRecord
from offchain.node.agent import Agent, Player
from offchain.node.replica import Replica

__all__ = ["Defender"]


class Defender(Agent):
    """Answers every game against the claims of the sequencer at ``address``. It withdraws nothing by itself.

    ``knowledge``: its own replay where none is given; ``player``: the strategy. Tests put cheats into both.
    """

    def __init__(
        self,
        replica: Replica,
        games: GameWatcher,
        sender: GameSender,
        address: bytes,
        knowledge: Knowledge | None = None,
        player: Player = sequencer_move,
    ) -> None:
        super().__init__(replica, games, sender, address, knowledge, player)

    def is_mine(self, record: GameRecord) -> bool:
        """Whether the game disputes a claim of ours."""
        return record.game.disputed.sequencer == self.address
