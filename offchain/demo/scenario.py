"""The demo itself: deploy, a dozen batches, finality, a state claim, and then a batch whose diff is a lie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from offchain.batches.executor import PythonExecutor
from offchain.demo.actors import CONFIG, ETHER, actors, genesis
from offchain.demo.contracts import demo_code
from offchain.demo.network import LocalNetwork
from offchain.demo.workload import PlannedBatch, plan
from offchain.l1.ape_sender import ApeSender
from offchain.l1.contracts import Contracts
from offchain.l1.deployment import Deployment, deploy_rollup, open_rollup, write_deployment
from offchain.l1.parameters import DEMO, check_load
from offchain.l1.watcher import Rollup, Watcher
from offchain.node.diff_file import write_diff
from offchain.node.genesis import Genesis, write_genesis
from offchain.node.replica import Replica, open_store
from offchain.node.rollup import rollup_of
from offchain.node.sequencer import PostedBatch, Sequencer
from offchain.node.verifier import Verdict, Verifier
from offchain.state.diff import Diff

__all__ = ["DemoResult", "run_demo"]

PARAMETERS: Final = replace(DEMO, batch_interval=CONFIG.batch_interval)
SLOWEST_EXECUTOR: Final = 1_000_000
"""Gas a second on the slowest code that we know of: docs/benchmarks.md, "The slowest code"."""

Advance = Callable[[str], None]
"""Hears what was done, a step of the bar each time."""


@dataclass(frozen=True, slots=True)
class DemoResult:
    """Everything that the summary shows. ``honest`` and ``caught`` are the verifier's two verdicts."""

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

    @property
    def is_caught(self) -> bool:
        """Whether the verifier agreed with every honest claim and named exactly the lie."""
        first = self.caught.first
        return (
            self.honest.is_right
            and first is not None
            and first.batch == self.posted[-1].batch
            and [str(entry) for entry in first.entries] == [self.lie]
        )


class DishonestSequencer(Sequencer):
    """Executes truly and, from `lie_for` on, claims a diff in which one account got an ether too much."""

    favourite: bytes | None = None
    lie = ""

    def lie_for(self, address: bytes) -> None:
        """The account that the next claims favour."""
        self.favourite = address

    def claimed_diff(self, batch: int, diff: Diff) -> Diff:
        """See `Sequencer.claimed_diff`."""
        del batch
        if self.favourite is None:
            return diff
        right = diff.accounts[self.favourite]
        claimed = right + ETHER
        balance = right & ((1 << 160) - 1)
        self.lie = f"account 0x{self.favourite.hex()} balance: claimed {balance + ETHER}, right is {balance}"
        return replace(diff, accounts={**diff.accounts, self.favourite: claimed})


def steps(contracts: Contracts) -> int:
    """How many times `run_demo` advances."""
    return len(plan(demo_code(contracts))) + 5


def run_demo(network: LocalNetwork, contracts: Contracts, folder: Path, advance: Advance) -> DemoResult:
    """Plays the scenario, with its files in ``folder``. Raises `InputError` where L1 or the disk fails."""
    check_load(PARAMETERS, CONFIG.batch_gas_limit, SLOWEST_EXECUTOR)
    first_state = genesis()
    deployment = deploy_rollup(
        network.account, PARAMETERS, first_state.state_root(), first_state.config.hash(), contracts=contracts
    )
    write_deployment(deployment, folder / "deployment.json")
    write_genesis(first_state, folder / "genesis.json")
    advance("contracts deployed")

    batches = plan(demo_code(contracts))
    sender = ApeSender(open_rollup(deployment, network.provider, contracts), network.account)
    rollup, diffs = rollup_of(deployment), folder / "diffs"
    with open_store(folder / "sequencer", first_state, rollup, durable=False) as store:
        replica = Replica(store, Watcher(network.new_source(), rollup), CONFIG, PythonExecutor())
        sequencer = DishonestSequencer(
            replica,
            sender,
            bytes.fromhex(str(network.account.address)[2:]),
            publish=lambda batch, diff: write_diff(diffs, batch, diff),
        )
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
