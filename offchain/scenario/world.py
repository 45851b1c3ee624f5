"""The chain that scenarios are played on: deployed once, with its orders posted and nothing claimed yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import ape
from ape import accounts
from ape.api import AccountAPI
from ape.contracts import ContractInstance

from offchain.batches.codec import encode_order
from offchain.batches.executor import PythonExecutor
from offchain.demo.network import LocalNetwork
from offchain.errors import NetworkError
from offchain.faults.replay import Replay
from offchain.l1.ape_game_sender import ApeGameSender
from offchain.l1.ape_sender import ApeSender
from offchain.l1.contracts import Contracts
from offchain.l1.deployment import Deployment, deploy, open_game, open_rollup
from offchain.l1.game_watcher import GameWatcher, watch_games
from offchain.l1.orders import Order
from offchain.l1.parameters import DEMO, Parameters, check_parameters
from offchain.l1.sender import OrderContext
from offchain.l1.source import L1Block, L1Source
from offchain.l1.watcher import Watcher
from offchain.node.knowledge import ReplicaKnowledge
from offchain.node.replica import Replica, open_store
from offchain.node.rollup import rollup_of
from offchain.scenario.embedded_chain import EmbeddedChain, source_of
from offchain.scenario.workload import BATCHES, CHAIN, genesis, plan
from offchain.trees.paged_bytes import paged_root

__all__ = ["PARTIES", "Party", "World", "open_world", "parameters_for_arity"]

PARTIES: Final = ("sequencer", "verifier", "friend", "stranger", "successor")
"""In the order of the test accounts. The sequencer deploys and holds the role when a scenario begins; a successor takes
it where it becomes vacant."""

_PARAMETERS: Final = replace(
    DEMO, batch_interval=CHAIN.batch_interval, clock=660, move_time=15, idle_time=1_700, max_lag=12
)


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody with an account of its own, 20 bytes, and its ways to both contracts."""

    name: str
    account: AccountAPI
    address: bytes
    rollup: ApeSender
    game: ApeGameSender


@dataclass
class World:
    """One network with one arity. ``replicas``: of the sequencer and of the verifier, both honest.

    ``truth``: the batches as they really are. ``known``: the verifier's knowledge, which outlives scenarios, since
    orders never change.
    """

    network: LocalNetwork
    contracts: Contracts
    deployment: Deployment
    source: L1Source
    rollup: ContractInstance
    game: ContractInstance
    parties: dict[str, Party]
    replicas: dict[str, Replica]
    known: dict[str, ReplicaKnowledge]
    orders: list[Order]
    truth: Replay
    snapshot: object = None

    @property
    def parameters(self) -> Parameters:
        """Of the deployment."""
        return self.deployment.parameters

    def head(self) -> L1Block:
        """The newest block of L1."""
        block = self.source.block()
        assert block is not None, "a local chain has a block"
        return block

    def watch(self) -> GameWatcher:
        """A new reading of the games."""
        return watch_games(self.source, self.deployment, CHAIN.batch_gas_limit)

    def rewind(self) -> None:
        """Back to where nothing is claimed."""
        if self.snapshot is not None:
            ape.chain.restore(self.snapshot)
        if isinstance(self.source, EmbeddedChain):
            head = super(EmbeddedChain, self.source).block()
            self.source.forget(0 if head is None else head.number)
        del self.orders[BATCHES:]
        self.snapshot = ape.chain.snapshot()

    def post(self, party: Party, data: bytes) -> Order:
        """Orders the next batch, ``d_min`` after the one before."""
        self.network.advance(CHAIN.batch_interval)
        order, context = self.declare(party.address, data)
        party.rollup.append(order.parent_hash, context, data)
        self.orders.append(order)
        return order

    def declare(self, coinbase: bytes, data: bytes) -> tuple[Order, OrderContext]:
        """The next order, if L1 takes it now."""
        newest = self.head()
        parent = self.orders[-1].hash() if self.orders else self.deployed_hash()
        context = OrderContext(newest.timestamp, newest.number, newest.hash, coinbase)
        order = Order(
            parent_hash=parent,
            batch=len(self.orders) + 1,
            data_root=paged_root(data),
            size=len(data),
            timestamp=context.timestamp,
            prevrandao=context.prevrandao,
            coinbase=coinbase,
        )
        return order, context

    def deployed_hash(self) -> bytes:
        """What stands for order 0."""
        return rollup_of(self.deployment).genesis_hash


def parameters_for_arity(arity: int) -> Parameters:
    """What scenarios are deployed with: a lag of twelve batches, minutes for everything."""
    parameters = replace(_PARAMETERS, arity=arity)
    check_parameters(parameters)
    return parameters


@contextmanager
def open_world(network: LocalNetwork, contracts: Contracts, arity: int, folder: Path) -> Iterator[World]:
    """Deploys everything, begins the sequencer's term and posts the orders. Stores go to ``folder``."""
    if len(accounts.test_accounts) < len(PARTIES):
        raise NetworkError(f"network {network.name} has not {len(PARTIES)} test accounts")
    first_state = genesis()
    deployment = deploy(
        accounts.test_accounts[0], parameters_for_arity(arity), first_state, contracts=contracts
    )
    rollup = open_rollup(deployment, network.provider, contracts)
    game = open_game(deployment, network.provider, contracts)
    parties = {
        name: _party(name, accounts.test_accounts[index], rollup, game) for index, name in enumerate(PARTIES)
    }
    with ExitStack() as stack:
        source = source_of(network)
        replicas = {}
        for name in ("sequencer", "verifier"):
            store = open_store(folder / name, first_state, rollup_of(deployment), durable=False)
            stack.enter_context(store)
            watcher = Watcher(source, rollup_of(deployment))
            replicas[name] = Replica(store, watcher, CHAIN, PythonExecutor())
        world = World(
            network=network,
            contracts=contracts,
            deployment=deployment,
            source=source,
            rollup=rollup,
            game=game,
            parties=parties,
            replicas=replicas,
            known={name: ReplicaKnowledge(replica) for name, replica in replicas.items()},
            orders=[],
            truth=Replay(first_state, []),
        )
        sequencer = parties["sequencer"]
        sequencer.rollup.begin_term(deployment.parameters.stake)
        datas = [encode_order(batch.items) for batch in plan()]
        for data in datas:
            world.post(sequencer, data)
        contexts = [CHAIN.context(order) for order in world.orders]
        world.truth = Replay(first_state, list(zip(contexts, datas, strict=True)))
        for replica in replicas.values():
            replica.sync()
        yield world


def _party(name: str, account: AccountAPI, rollup: ContractInstance, game: ContractInstance) -> Party:
    address = bytes.fromhex(str(account.address)[2:])
    return Party(name, account, address, ApeSender(rollup, account), ApeGameSender(game, account))
