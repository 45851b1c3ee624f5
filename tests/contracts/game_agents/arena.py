"""A rollup with its real game and verifier on eth-tester, a sequencer that may lie, and both agents."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from offchain.batches.executor import PythonExecutor
from offchain.demo.actors import CONFIG, ETHER, Actor, actors, genesis
from offchain.demo.network import LocalNetwork
from offchain.game.players import challenger_move, sequencer_move
from offchain.l1.ape_game_sender import ApeGameSender
from offchain.l1.ape_sender import ApeSender
from offchain.l1.contracts import Contracts
from offchain.l1.deployment import Deployment, open_game, open_rollup
from offchain.l1.game_watcher import GameWatcher, watch_games
from offchain.l1.games import GameBook
from offchain.l1.parameters import DEMO
from offchain.l1.watcher import Watcher
from offchain.node.agent import Acted, Player
from offchain.node.challenger import Challenger
from offchain.node.defender import Defender
from offchain.node.replica import Replica, open_store
from offchain.node.rollup import rollup_of
from offchain.node.sequencer import Sequencer
from offchain.state.diff import Diff

PARAMETERS = replace(DEMO, batch_interval=CONFIG.batch_interval)
GENESIS = genesis()


class Liar(Sequencer):
    """Executes truly, and claims of the batches in ``lies`` that alice has an ether more."""

    lies: frozenset[int] = frozenset()

    def claimed_diff(self, batch: int, diff: Diff) -> Diff:
        """See `Sequencer.claimed_diff`."""
        if batch not in self.lies:
            return diff
        alice = actors()["alice"].address
        return replace(diff, accounts={**diff.accounts, alice: diff.accounts[alice] + ETHER})


class Arena:
    """Everybody on one chain; each node has a store and a reading of its own, and can be made anew at any time."""

    def __init__(
        self, network: LocalNetwork, deployment: Deployment, contracts: Contracts, folder: Path, accounts: Any
    ) -> None:
        self.network = network
        self.deployment = deployment
        self.contracts = contracts
        self.folder = folder
        self.accounts = accounts
        self.rollup = rollup_of(deployment)
        self.on_l1 = open_rollup(deployment, network.provider, contracts)
        self.game = open_game(deployment, network.provider, contracts)
        self.people: dict[str, Actor] = actors()
        self.gas: list[tuple[str, int]] = []
        self._open = ExitStack()
        self._stores: dict[str, ExitStack] = {}

    def replica(self, name: str) -> Replica:
        """A node; the store's earlier handle, if there is one, is given up as a killed process would."""
        self.kill(name)
        stack = self._stores[name] = ExitStack()
        store = stack.enter_context(open_store(self.folder / name, GENESIS, self.rollup, durable=False))
        return Replica(store, Watcher(self.network.new_source(), self.rollup), CONFIG, PythonExecutor())

    def kill(self, name: str) -> None:
        """Ends a node; its store stays."""
        if name in self._stores:
            self._stores.pop(name).close()

    def address(self, account: int) -> bytes:
        return bytes.fromhex(str(self.accounts[account].address)[2:])

    def sequencer(self, *lies: int) -> Liar:
        sequencer = Liar(self.replica("sequencer"), ApeSender(self.on_l1, self.accounts[0]), bytes(20))
        sequencer.lies = frozenset(lies)
        return sequencer

    def defender(self, player: Player = sequencer_move, name: str = "defender") -> Defender:
        return Defender(self.replica(name), self.games(), self.sender(0), self.address(0), player=player)

    def challenger(self, player: Player = challenger_move, account: int = 1) -> Challenger:
        return Challenger(
            self.replica(f"challenger {account}"),
            self.games(),
            self.sender(account),
            self.address(account),
            player=player,
        )

    def sender(self, account: int) -> ApeGameSender:
        return ApeGameSender(self.game, self.accounts[account])

    def games(self) -> GameWatcher:
        return watch_games(self.network.new_source(), self.deployment, CONFIG.batch_gas_limit)

    def book(self) -> GameBook:
        """The games as they stand, read by somebody without a past."""
        watcher = self.games()
        head = watcher.source.block()
        assert head is not None
        return watcher.book(head)

    def owed(self, account: int) -> int:
        """Credits of both contracts, in wei."""
        address = self.accounts[account].address
        return int(self.on_l1.creditOf(address)) + int(self.game.creditOf(address))

    def post(self, sequencer: Sequencer, count: int = 1) -> None:
        """Orders and claims batches with a transfer of alice's each."""
        for _ in range(count):
            self.network.advance(CONFIG.batch_interval)
            alice, bob = self.people["alice"], self.people["bob"]
            sequencer.submit(alice.sign(bob.address, value=1, gas=21_000))
            sequencer.post_batch()

    def play(self, *agents: Any, rounds: int = 60) -> list[Acted]:
        """Both in turn, until nobody has anything to do."""
        story: list[Acted] = []
        for _ in range(rounds):
            acted = [one for agent in agents for one in agent.act()]
            if not acted:
                return story
            story += acted
        raise AssertionError(f"no end after {rounds} rounds: {story[-4:]}")

    def close(self) -> None:
        for name in list(self._stores):
            self.kill(name)
