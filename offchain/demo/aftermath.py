"""The demo's second part: the lie is disputed, case A; the next sequencer lies about a state, case B; then no lie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ape import accounts
from ape.api import AccountAPI

from offchain.batches.executor import PythonExecutor
from offchain.demo.actors import CONFIG, ETHER, Actor, actors
from offchain.demo.dishonest import DishonestSequencer
from offchain.demo.disputes import Dispute, Disputes, replay_of
from offchain.demo.network import LocalNetwork
from offchain.evm.account import nonce_of
from offchain.faults.knowledge import altered_machine, false_states
from offchain.faults.machines import wrong_balance
from offchain.l1.ape_sender import ApeSender
from offchain.l1.contracts import Contracts
from offchain.l1.deployment import Deployment, open_rollup
from offchain.l1.watcher import Watcher
from offchain.node.diff_file import write_diff
from offchain.node.genesis import Genesis
from offchain.node.knowledge import ReplicaKnowledge
from offchain.node.replica import Replica, open_store
from offchain.node.rollup import rollup_of
from offchain.scenario.embedded_chain import source_of

__all__ = ["STEPS", "Setting", "dispute_and_settle", "new_sequencer"]

STEPS = 5
"""How many times `dispute_and_settle` advances."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Where the demo plays, with its files in ``folder``."""

    network: LocalNetwork
    contracts: Contracts
    deployment: Deployment
    genesis: Genesis
    folder: Path


def new_sequencer(setting: Setting, replica: Replica, account: AccountAPI) -> DishonestSequencer:
    """A sequencer with this account; where it publishes its diffs is known to everybody."""
    rollup = open_rollup(setting.deployment, setting.network.provider, setting.contracts)
    diffs = setting.folder / "diffs"
    return DishonestSequencer(
        replica,
        ApeSender(rollup, account),
        bytes.fromhex(str(account.address)[2:]),
        publish=lambda batch, diff: write_diff(diffs, batch, diff),
    )


def dispute_and_settle(
    setting: Setting, replica: Replica, advance: Callable[[str], None]
) -> tuple[Dispute, ...]:
    """From the standing lie of the first sequencer to batches that are all final and true.

    ``replica``: of the sequencers, one after the other; the verifier has its own.
    """
    network, deployment, parameters = setting.network, setting.deployment, setting.deployment.parameters
    first, verifier, second, third = accounts.test_accounts[:4]
    source = source_of(network)
    games = Disputes(network, setting.contracts, deployment, source, CONFIG.batch_gas_limit)
    rollup = rollup_of(deployment)
    with open_store(setting.folder / "verifier", setting.genesis, rollup, durable=False) as store:
        honest = Replica(store, Watcher(source, rollup), CONFIG, PythonExecutor())
        known = ReplicaKnowledge(replica)

        batch = replica.store.head
        truth = replay_of(replica, setting.genesis)
        # Heidi sends the last transaction of the batch: the ether comes with its refund.
        lie = altered_machine(known, truth, batch, wrong_balance(replica.note(batch).items))
        case_a = games.play((first, replica, lie), (verifier, honest), truth)
        advance(f"case A about batch {batch}: the sequencer is slashed, its claim deleted")

        sequencer = new_sequencer(setting, replica, second)
        sequencer.begin_term(parameters.stake)
        for lies in (False, True):
            network.advance(CONFIG.batch_interval)
            for item in _transfers(replica):
                sequencer.submit(item)
            if lies:
                sequencer.lie_for(actors()["heidi"].address)
            posted = sequencer.post_batch()
            advance(f"batch {posted.batch}: plain transfers, by the second sequencer")
        truth = replay_of(replica, setting.genesis)
        false = false_states(known, posted.batch - 1, posted.batch - 1, entries=2)
        case_b = games.play((second, replica, false), (verifier, honest), truth)
        advance(f"case B about batch {posted.batch}: the second sequencer is slashed")

        last = new_sequencer(setting, replica, third)
        last.begin_term(parameters.stake)
        last.claim_backlog()
        network.advance(parameters.claim_window + 1)
        last.finalize()
        advance("claimed again by a third sequencer, and final")
    return case_a, case_b


def _transfers(replica: Replica) -> list[bytes]:
    """One transfer of everybody to the next one."""
    ring: list[Actor] = list(actors().values())
    for actor in ring:
        actor.nonce = nonce_of(replica.store.account(actor.address))
    return [
        actor.sign(ring[(index + 1) % len(ring)].address, value=ETHER, gas=40_000)
        for index, actor in enumerate(ring)
    ]
