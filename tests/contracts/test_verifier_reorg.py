"""The real contract on the embedded L1 taken back by snapshots: nodes follow it back and forth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from offchain.batches.executor import PythonExecutor
from offchain.demo.actors import CONFIG, actors, genesis
from offchain.demo.network import LocalNetwork
from offchain.demo.scenario import PARAMETERS
from offchain.errors import NetworkError
from offchain.l1.ape_sender import ApeSender
from offchain.l1.contracts import Contracts
from offchain.l1.deployment import deploy_rollup, open_rollup
from offchain.l1.embedded import EmbeddedSource
from offchain.l1.watcher import Watcher
from offchain.node.replica import Replica, open_store
from offchain.node.rollup import rollup_of
from offchain.node.sequencer import Sequencer
from offchain.node.verifier import Verifier

pytestmark = pytest.mark.chain


def test_nodes_follow_a_reorg_of_l1(contracts: Contracts, accounts: Any, chain: Any, tmp_path: Path) -> None:
    provider, account = chain.provider, accounts[0]
    network = LocalNetwork("eth-tester", provider, account, lambda: EmbeddedSource(provider), None)
    first_state = genesis()
    deployment = deploy_rollup(
        account, PARAMETERS, first_state.state_root(), CONFIG.hash(), contracts=contracts
    )
    rollup = rollup_of(deployment)
    alice, bob = actors()["alice"], actors()["bob"]
    with (
        open_store(tmp_path / "sequencer", first_state, rollup, durable=False) as one,
        open_store(tmp_path / "verifier", first_state, rollup, durable=False) as other,
    ):
        sequencer = Sequencer(
            Replica(one, Watcher(network.new_source(), rollup), CONFIG, PythonExecutor()),
            ApeSender(open_rollup(deployment, provider, contracts), account),
            bytes(20),
        )
        verifier = Verifier(Replica(other, Watcher(network.new_source(), rollup), CONFIG, PythonExecutor()))
        sequencer.begin_term(PARAMETERS.stake)

        def post(value: int) -> None:
            network.advance(CONFIG.batch_interval)
            sequencer.submit(alice.sign(bob.address, value=value, gas=21_000))
            sequencer.post_batch()

        post(1)
        post(2)
        snapshot, nonce = chain.snapshot(), alice.nonce
        post(3)
        post(4)
        verdict = verifier.check()
        assert (verdict.ordered, verdict.is_right) == (4, True)
        lost = verifier.replica.note(3).order_hash

        chain.restore(snapshot)
        alice.nonce = nonce
        post(50)
        verdict = verifier.check()
        assert (verdict.ordered, verdict.claimed, verdict.rolled_back, verdict.applied) == (3, 3, 2, 1)
        assert verdict.is_right
        assert verifier.replica.note(3).order_hash != lost
        assert one.state_root(3) == other.state_root(3)


def test_the_contract_s_refusal_is_one_line_with_its_name(
    contracts: Contracts, accounts: Any, chain: Any
) -> None:
    first_state = genesis()
    deployment = deploy_rollup(
        accounts[0], PARAMETERS, first_state.state_root(), CONFIG.hash(), contracts=contracts
    )
    sender = ApeSender(open_rollup(deployment, chain.provider, contracts), accounts[0])
    with pytest.raises(
        NetworkError, match=r"L1 refuses finalize: RollupManager_NothingToFinalize\(batch 1\)"
    ):
        sender.finalize(1)
    with pytest.raises(NetworkError, match=r"L1 refuses beginTerm: RollupManager_WrongStake\(have 1, want"):
        sender.begin_term(1)


def test_a_rollup_that_is_not_there_is_a_wrong_network(
    contracts: Contracts, accounts: Any, chain: Any
) -> None:
    first_state = genesis()
    snapshot = chain.snapshot()
    deployment = deploy_rollup(
        accounts[0], PARAMETERS, first_state.state_root(), CONFIG.hash(), contracts=contracts
    )
    watcher = Watcher(EmbeddedSource(chain.provider), rollup_of(deployment))
    watcher.check_identity()
    chain.restore(snapshot)
    with pytest.raises(NetworkError, match="wrong network: L1 has no contract"):
        watcher.check_identity()
