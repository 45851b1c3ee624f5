"""A small chain, a sequencer on it, and verifiers wherever a test wants them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from offchain.batches.executor import PythonExecutor
from offchain.evm.signing import address_of_key, sign_transaction
from offchain.hashing import keccak
from offchain.l1.watcher import Watcher
from offchain.node.config import ChainConfig
from offchain.node.diff_file import write_diff
from offchain.node.genesis import Genesis
from offchain.node.replica import Replica, open_store
from offchain.node.sequencer import Sequencer
from offchain.node.verifier import Verifier
from offchain.state.genesis import GenesisAccount
from tests.unit.node.fake_l1 import SEQUENCER, FakeL1

KEY = keccak(b"a user of the node tests")
USER = address_of_key(KEY)
FRIEND = bytes.fromhex("00000000000000000000000000000000f00df00d")
CONFIG = ChainConfig(chain_id=26, base_fee=7, batch_gas_limit=1 << 24, batch_interval=1)
GENESIS = Genesis(CONFIG, {USER: GenesisAccount(balance=10**20)})


class World:
    """One L1 with its rollup, and the nodes on it, each with a store of its own under ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.diffs = folder / "diffs"
        self.l1 = FakeL1(CONFIG.hash(), GENESIS.state_root())
        self.l1.begin_term(1)
        self.nonce = 0
        self._open = ExitStack()

    def replica(self, name: str) -> Replica:
        store = open_store(self.folder / name, GENESIS, self.l1.rollup, durable=False)
        self._open.callback(store.close)
        return Replica(store, Watcher(self.l1, self.l1.rollup), CONFIG, PythonExecutor())

    def sequencer(self, name: str = "sequencer", kind: type[Sequencer] = Sequencer) -> Sequencer:
        def publish(batch: int, diff: object) -> None:
            write_diff(self.diffs, batch, diff)

        return kind(self.replica(name), self.l1, SEQUENCER, publish=publish)

    def verifier(self, name: str = "verifier") -> Verifier:
        return Verifier(self.replica(name), self.diffs)

    def transfer(self, value: int = 1) -> bytes:
        """A transfer of the user; each call takes the next nonce."""
        self.nonce += 1
        return sign_transaction(
            KEY, chain_id=26, nonce=self.nonce - 1, gas_limit=21_000, max_fee=7, to=FRIEND, value=value
        )

    def post(self, sequencer: Sequencer, count: int = 1) -> None:
        for _ in range(count):
            sequencer.submit(self.transfer())
            sequencer.post_batch()

    def close(self) -> None:
        self._open.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An L1 with a rollup that has a sequencer's term and no order yet."""
    made = World(tmp_path)
    yield made
    made.close()
