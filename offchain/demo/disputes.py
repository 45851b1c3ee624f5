"""The demo's disputes: a false claim each, one game, and one step at its end that L1 executes itself."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

from ape.api import AccountAPI

from offchain.demo.network import LocalNetwork
from offchain.errors import NetworkError
from offchain.faults.replay import Replay
from offchain.game.games import Reason
from offchain.game.knowledge import Knowledge
from offchain.game.moves import Object, Reveal
from offchain.l1.ape_game_sender import ApeGameSender
from offchain.l1.contracts import Contracts
from offchain.l1.deployment import Deployment, open_game
from offchain.l1.game_watcher import watch_games
from offchain.l1.games import GameRecord, Outcome
from offchain.l1.source import L1Source
from offchain.node.agent import Acted, Agent
from offchain.node.challenger import Challenger
from offchain.node.defender import Defender
from offchain.node.genesis import Genesis
from offchain.node.order_reader import OrderReader
from offchain.node.replica import Replica
from offchain.scenario.telling import describe

__all__ = ["Dispute", "Disputes", "replay_of"]

_TURNS: Final = 200


@dataclass(frozen=True, slots=True)
class Dispute:
    """A game that is over. ``case``: A or B. ``rounds``: vectors revealed. Gas: of each side's moves.

    step: the disputed one in words. sequencer_value, true_value: the hash of the state behind it as the sequencer has
    it, and as it is. is_right: the sequencer, who lied, has lost by that step.
    """

    case: str
    batch: int
    rounds: int
    moves: int
    sequencer_gas: int
    challenger_gas: int
    step: str
    sequencer_value: bytes
    true_value: bytes
    is_right: bool

    def to_json(self) -> dict[str, Any]:
        """Plain values; hashes as 0x hex."""
        return asdict(self) | {
            "sequencer_value": "0x" + self.sequencer_value.hex(),
            "true_value": "0x" + self.true_value.hex(),
        }


@dataclass
class Disputes:
    """Plays games on the demo's rollup. ``source``: a reading of L1; ``gas_limit``: G_b."""

    network: LocalNetwork
    contracts: Contracts
    deployment: Deployment
    source: L1Source
    gas_limit: int
    _told: set[int] = field(default_factory=set)

    def play(
        self,
        sequencer: tuple[AccountAPI, Replica, Knowledge],
        verifier: tuple[AccountAPI, Replica],
        truth: Replay,
    ) -> Dispute:
        """The verifier's agent finds the lowest false claim by itself; both agents play until L1 has a verdict.

        The sequencer comes with what it says that it knows. Raises `NetworkError` where nobody moves any more.
        """
        account, replica, says = sequencer
        defender = self._seat(Defender, account, replica, says)
        challenger = self._seat(Challenger, *verifier, None)
        acted: dict[Agent, list[Acted]] = {defender: [], challenger: []}
        for _ in range(_TURNS):
            for agent, done in acted.items():
                done += [one for one in agent.act() if one.sent is not None]
            games = challenger.read().games.games
            over = {number for number, record in games.items() if record.is_over} - self._told
            if over:
                self._told |= over
                return _tell(games[min(over)], acted[defender], acted[challenger], truth)
        raise NetworkError("the dispute comes to no end")

    def _seat(self, kind: Any, account: AccountAPI, replica: Replica, says: Knowledge | None) -> Any:
        game = open_game(self.deployment, self.network.provider, self.contracts)
        watcher = watch_games(self.source, self.deployment, self.gas_limit)
        address = bytes.fromhex(str(account.address)[2:])
        return kind(replica, watcher, ApeGameSender(game, account), address, says)


def replay_of(replica: Replica, genesis: Genesis) -> Replay:
    """All batches that a replica has applied, once more in memory."""
    orders = OrderReader(replica)
    ordered = [orders.order(batch) for batch in range(1, replica.store.head + 1)]
    return Replay(genesis, [(replica.config.context(one.order), one.data) for one in ordered])


def _tell(record: GameRecord, mine: list[Acted], theirs: list[Acted], truth: Replay) -> Dispute:
    game = record.game
    return Dispute(
        case="B" if any(isinstance(one.move, Object) for one in mine) else "A",
        batch=game.disputed.batch,
        rounds=sum(isinstance(one.move, Reveal) for one in mine),
        moves=len(mine) + len(theirs),
        sequencer_gas=_gas(mine),
        challenger_gas=_gas(theirs),
        step=f"batch {game.batch}, {describe(game.form, game.batch, game.low, truth)}",
        sequencer_value=game.high_hash,
        true_value=truth.trace(game.form, game.batch).hash_at(game.low + 1),
        is_right=record.outcome is Outcome.SEQUENCER_LOST and record.reason is Reason.STEP,
    )


def _gas(acted: list[Acted]) -> int:
    return sum(one.sent.gas_used for one in acted if one.sent is not None)
