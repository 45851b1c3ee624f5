"""The demo itself: deploy, a dozen batches, finality, a state claim, then a lie, disputed and deleted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from offchain.batches.executor import PythonExecutor
from offchain.demo.actors import CONFIG, actors, genesis
from offchain.demo.aftermath import STEPS, Setting, dispute_and_settle, new_sequencer
from offchain.demo.contracts import demo_code
from offchain.demo.disputes import Dispute
from offchain.demo.network import LocalNetwork
from offchain.demo.workload import PlannedBatch, plan
from offchain.l1.contracts import Contracts
from offchain.l1.deployment import Deployment, deploy, write_deployment
from offchain.l1.parameters import DEMO, check_load
from offchain.l1.watcher import Rollup, Watcher
from offchain.node.genesis import Genesis, write_genesis
from offchain.node.replica import Replica, open_store
from offchain.node.rollup import rollup_of
from offchain.node.sequencer import PostedBatch, Sequencer
from offchain.node.verifier import Verdict, Verifier

__all__ = ["DemoResult", "run_demo"]

PARAMETERS: Final = replace(DEMO, batch_interval=CONFIG.batch_interval)
SLOWEST_EXECUTOR: Final = 1_000_000
"""Gas a second on the slowest code that we know of: docs/benchmarks.md, "The slowest code"."""

Advance = Callable[[str], None]
"""Hears what was done, a step of the bar each time."""


@dataclass(frozen=True, slots=True)
class DemoResult:
    """Everything that the summary shows.

    honest, caught, settled: the verifier's verdicts before the lie, on the lie, and on what is final in the end.
    """

    network: str
    deployment: Deployment
    titles: tuple[str, ...]
    posted: tuple[PostedBatch, ...]
    other_gas: tuple[tuple[str, int], ...]
    state_batch: int
    state_root: bytes
    honest: Verdict
    caught: Verdict
    lie: str
    disputes: tuple[Dispute, ...]
    settled: Verdict

    @property
    def is_caught(self) -> bool:
        """Whether the verifier agreed with every honest claim, named exactly the lie, and won both disputes."""
        first, settled = self.caught.first, self.settled
        return (
            self.honest.is_right
            and all(dispute.is_right for dispute in self.disputes)
            and (settled.is_right, settled.finalized) == (True, settled.ordered)
            and first is not None
            and first.batch == self.posted[-1].batch
            and [str(entry) for entry in first.entries] == [self.lie]
        )


def steps(contracts: Contracts) -> int:
    """How many times `run_demo` advances."""
    return len(plan(demo_code(contracts))) + 5 + STEPS


def run_demo(network: LocalNetwork, contracts: Contracts, folder: Path, advance: Advance) -> DemoResult:
    """Plays the scenario, with its files in ``folder``. Raises `InputError` where L1 or the disk fails."""
    check_load(PARAMETERS, CONFIG.batch_gas_limit, SLOWEST_EXECUTOR)
    first_state = genesis()
    deployment = deploy(network.account, PARAMETERS, first_state, contracts=contracts)
    write_deployment(deployment, folder / "deployment.json")
    write_genesis(first_state, folder / "genesis.json")
    advance("contracts deployed")

    batches = plan(demo_code(contracts))
    setting = Setting(network, contracts, deployment, first_state, folder)
    rollup = rollup_of(deployment)
    with open_store(folder / "sequencer", first_state, rollup, durable=False) as store:
        replica = Replica(store, Watcher(network.new_source(), rollup), CONFIG, PythonExecutor())
        sequencer = new_sequencer(setting, replica, network.account)
        gas = [("begin the term", sequencer.begin_term(PARAMETERS.stake).gas_used)]
        posted = [_post(network, sequencer, batch, advance) for batch in batches[:-1]]

        network.advance(PARAMETERS.claim_window + 1)
        gas.append((f"finalize {len(posted)} claims", sequencer.finalize().gas_used))
        advance("claims final")
        state_root, sent = sequencer.claim_state(len(posted))
        gas.append((f"claim h(S) of batch {len(posted)}", sent.gas_used))
        network.advance(PARAMETERS.state_window + 1)
        gas.append(("finalize it", sequencer.finalize_state().gas_used))
        advance("state final")

        honest = _verify(network, first_state, rollup, folder)
        advance("honest batches verified from L1")
        sequencer.lie_for(actors()["heidi"].address)
        posted.append(_post(network, sequencer, batches[-1], advance))
        caught = _verify(network, first_state, rollup, folder)
        advance("the false claim verified from L1")
        disputes = dispute_and_settle(setting, replica, advance)
        settled = _verify(network, first_state, rollup, folder)
    return DemoResult(
        network=network.name,
        deployment=deployment,
        titles=tuple(batch.title for batch in batches),
        posted=tuple(posted),
        other_gas=tuple(gas),
        state_batch=len(batches) - 1,
        state_root=state_root,
        honest=honest,
        caught=caught,
        lie=sequencer.lie,
        disputes=disputes,
        settled=settled,
    )


def _post(network: LocalNetwork, sequencer: Sequencer, batch: PlannedBatch, advance: Advance) -> PostedBatch:
    network.advance(CONFIG.batch_interval)
    for item in batch.items:
        sequencer.submit(item)
    posted = sequencer.post_batch()
    advance(f"batch {posted.batch}: {batch.title}")
    return posted


def _verify(network: LocalNetwork, first_state: Genesis, rollup: Rollup, folder: Path) -> Verdict:
    """A verifier with a store and a reading of L1 of its own; it goes on from where it ended the last time."""
    with open_store(folder / "verifier", first_state, rollup, durable=False) as store:
        replica = Replica(store, Watcher(network.new_source(), rollup), CONFIG, PythonExecutor())
        return Verifier(replica, folder / "diffs").check()
