"""One `act` of an agent in a process of its own, that dies by SIGKILL at its first transaction.

    python -m tests.contracts.game_agents.agent_process defender|challenger URL FOLDER before|after

It prints `idle` where there was nothing to do.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from ape import accounts

from offchain.batches.executor import PythonExecutor
from offchain.demo.actors import CONFIG
from offchain.demo.network import open_network
from offchain.l1.ape_game_sender import ApeGameSender
from offchain.l1.deployment import open_game, read_deployment
from offchain.l1.game_watcher import watch_games
from offchain.l1.watcher import Watcher
from offchain.node.agent import Agent
from offchain.node.challenger import Challenger
from offchain.node.defender import Defender
from offchain.node.genesis import read_genesis
from offchain.node.replica import Replica, open_store
from offchain.node.rollup import rollup_of
from tests.contracts.game_agents.lies import objecting


class Deadly:
    """A `GameSender` whose process ends at the first call, before or after L1 takes the transaction."""

    def __init__(self, inner: ApeGameSender, when: str) -> None:
        self._inner = inner
        self._when = when

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any) -> Any:
            if self._when == "after":
                getattr(self._inner, name)(*arguments)
            os.kill(os.getpid(), signal.SIGKILL)

        return call


def main(role: str, url: str, folder: Path, when: str) -> None:
    deployment = read_deployment(folder / "deployment.json")
    rollup = rollup_of(deployment)
    with (
        open_network(url) as network,
        open_store(folder / role, read_genesis(folder / "genesis.json"), rollup) as store,
    ):
        replica = Replica(store, Watcher(network.new_source(), rollup), CONFIG, PythonExecutor())
        games = watch_games(network.new_source(), deployment, CONFIG.batch_gas_limit)
        account = accounts.test_accounts[0 if role == "defender" else 1]
        sender: Any = Deadly(ApeGameSender(open_game(deployment, network.provider), account), when)
        address = bytes.fromhex(str(account.address)[2:])
        agent: Agent
        if role == "defender":
            agent = Defender(replica, games, sender, address, player=objecting)
        else:
            agent = Challenger(replica, games, sender, address)
        acted = agent.act()
    print(f"failed: {acted}" if acted else "idle")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4])
