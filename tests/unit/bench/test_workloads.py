"""Every workload does what it says, and every EVM that runs it arrives at the same state."""

from __future__ import annotations

from functools import cache

import pytest

from offchain.batches.executor import ENGINES, EngineName
from offchain.bench.contender import Deltaroll, apply_diff, comparable, decode_all, memory_state
from offchain.bench.peers import peers
from offchain.bench.workload import Workload
from offchain.bench.workloads import WORKLOADS
from offchain.evm.receipt import Receipt, Status
from offchain.state.diff import Diff

SMALL = 0.01
PEERS = {peer.name.split()[0]: (peer, share) for peer, share in peers()}
ITEMS = 12  # for peers


@cache
def small(name: str) -> Workload:
    return WORKLOADS[name](SMALL)


def outcome(workload: Workload, engine: EngineName) -> list[tuple[Diff, tuple[Receipt, ...], int]]:
    """Diff, receipts and gas of each batch."""
    state = memory_state(workload.genesis)
    run = Deltaroll(engine).runner()
    results = []
    for number, items in enumerate(decode_all(workload.batches), 1):
        result = run(state, number, items)
        apply_diff(state, result.diff)
        results.append((result.diff, result.receipts, result.gas_used))
    return results


@cache
def reference(name: str) -> list[tuple[Diff, tuple[Receipt, ...], int]]:
    return outcome(small(name), "interpreter")


@pytest.mark.parametrize("name", WORKLOADS)
def test_no_transaction_of_a_workload_is_skipped_or_fails(name: str) -> None:
    receipts = [receipt for _, receipts, _ in reference(name) for receipt in receipts]
    assert len(receipts) == sum(map(len, small(name).batches))
    assert {receipt.status for receipt in receipts} == {Status.SUCCESS}


@pytest.mark.parametrize("engine", [engine for engine in ENGINES if engine != "interpreter"])
@pytest.mark.parametrize("name", WORKLOADS)
def test_every_engine_has_the_diffs_and_receipts_of_the_interpreter(name: str, engine: EngineName) -> None:
    assert outcome(small(name), engine) == reference(name)


@pytest.mark.parametrize("peer", PEERS)
@pytest.mark.parametrize("name", WORKLOADS)
def test_every_peer_arrives_at_the_state_of_the_interpreter(name: str, peer: str) -> None:
    contender, share = PEERS[peer]
    workload = small(name)
    items = decode_all(workload.batches)[0][: min(ITEMS, share(workload))]
    expected = Deltaroll("interpreter").runner()(memory_state(workload.genesis), 1, items).diff
    assert contender.prepare(workload.genesis, items)() == comparable(expected)


def test_a_workload_is_the_same_at_every_run() -> None:
    assert WORKLOADS["transfers"](SMALL) == WORKLOADS["transfers"](SMALL)


def test_half_of_the_recipients_of_plain_transfers_are_new() -> None:
    workload = WORKLOADS["transfers"](SMALL)
    recipients = [item.to for batch in decode_all(workload.batches) for item in batch]
    new = [to for to in recipients if to not in workload.genesis]
    assert len(new) == len(set(new)) == len(recipients) // 2
