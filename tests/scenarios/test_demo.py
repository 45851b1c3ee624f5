"""The demo does all that it says, and the verifier in it names exactly the lie."""

from __future__ import annotations

import io
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from offchain.demo.actors import ETHER, actors
from offchain.demo.network import LocalNetwork
from offchain.demo.report import print_summary, result_as_json
from offchain.demo.scenario import DemoResult, run_demo, steps
from offchain.evm.account import code_size_of
from offchain.evm.receipt import Status
from offchain.l1.contracts import Contracts
from offchain.l1.watcher import Watcher
from offchain.node.genesis import read_genesis
from offchain.node.replica import open_store
from offchain.node.rollup import rollup_of
from offchain.state.verify import verify_store
from tests.scenarios.support import verifier_of

pytestmark = pytest.mark.chain


@pytest.fixture
def advanced() -> list[str]:
    return []


@pytest.fixture
def result(network: LocalNetwork, contracts: Contracts, tmp_path: Path, advanced: list[str]) -> DemoResult:
    return run_demo(network, contracts, tmp_path, advanced.append)


def test_the_whole_demo(
    result: DemoResult, network: LocalNetwork, contracts: Contracts, tmp_path: Path, advanced: list[str]
) -> None:
    # One run, looked at from all sides: it takes seconds.
    assert len(advanced) == steps(contracts)
    assert result.is_caught

    # At least ten honest batches, then the corrupted one.
    assert [posted.batch for posted in result.posted] == list(range(1, 14))
    receipts = [(p.batch, i, r) for p in result.posted for i, r in enumerate(p.receipts)]
    bad = [(batch, i, r.status, r.reason.split(":")[0]) for batch, i, r in receipts if r.status != "success"]
    assert bad == [
        (8, 1, Status.SKIPPED, "insufficient funds"),
        (8, 2, Status.FAILURE, "reverted"),
        (9, 2, Status.FAILURE, "reverted"),
    ]
    assert len(receipts) > 200

    # The deployed contracts and the delegation are in the state.
    genesis, rollup = read_genesis(tmp_path / "genesis.json"), rollup_of(result.deployment)
    with open_store(tmp_path / "sequencer", genesis, rollup) as store:
        created = [r.contract_address for r in result.posted[1].receipts]
        assert len(created) == 3
        for address in created:
            assert address is not None
            assert code_size_of(store.account(address)) > 1_000
        assert code_size_of(store.account(actors()["dave"].address)) == 23
        assert store.state_root(result.state_batch) == result.state_root

    # L1 says the same of finality.
    book = Watcher(network.new_source(), rollup).book(network.new_source().block())  # type: ignore[arg-type]
    assert (book.claimed, book.finalized, book.base) == (15, 15, (12, result.state_root))
    assert book.term == 3

    # The verdicts.
    assert (result.honest.is_right, result.honest.checked, result.honest.checked_states) == (True, 12, 1)
    assert (result.caught.applied, result.caught.false_claims) == (1, 1)
    assert (result.settled.is_right, result.settled.finalized, result.settled.ordered) == (True, 15, 15)
    first = result.caught.first
    assert first is not None
    (entry,) = first.entries
    heidi = actors()["heidi"].address
    assert (first.batch, entry.key) == (13, f"account 0x{heidi.hex()} balance")
    assert int(entry.claimed) - int(entry.computed) == ETHER

    # The disputes: one of each case, each decided by a step.
    case_a, case_b = result.disputes
    assert (case_a.case, case_a.batch, case_b.case, case_b.batch) == ("A", 13, "B", 15)
    assert "batch 13, item 10" in case_a.step and heidi.hex() in case_a.step
    assert case_b.step.startswith("batch 14, entry 1")
    for dispute in result.disputes:
        assert dispute.is_right and dispute.sequencer_value != dispute.true_value

    # Both stores are whole, and a third verifier agrees from the events alone.
    for name in ("sequencer", "verifier"):
        assert verify_store(tmp_path / name).head == 15
    with verifier_of(network, result.deployment, genesis, tmp_path / "third", tmp_path / "diffs") as third:
        assert third.check() == replace(result.settled, applied=15)

    # What a user sees.
    output = io.StringIO()
    print_summary(Console(file=output, width=140), result, 1.0)
    shown = output.getvalue()
    cases = ("Dispute of batch 13, case A", case_a.step, "Dispute of batch 15, case B", case_b.step)
    for text in (*cases, "insufficient funds", str(entry), result.state_root.hex(), "as it should be"):
        assert text in shown
    assert json.loads(json.dumps(result_as_json(result)))["asItShouldBe"] is True


def test_a_verifier_killed_in_the_middle_goes_on(
    result: DemoResult, network: LocalNetwork, tmp_path: Path
) -> None:
    genesis = read_genesis(tmp_path / "genesis.json")

    def kill(done: int, total: int) -> None:
        if done == 6:
            raise SystemExit(f"{done} of {total}")

    with (
        pytest.raises(SystemExit, match="6 of 15"),
        verifier_of(network, result.deployment, genesis, tmp_path / "killed", tmp_path / "diffs") as killed,
    ):
        killed.check(kill)
    with verifier_of(network, result.deployment, genesis, tmp_path / "killed", tmp_path / "diffs") as again:
        verdict = again.check()
    assert (verdict.applied, verdict.first) == (9, None)
    assert os.listdir(tmp_path / "killed")  # noqa: PTH208
