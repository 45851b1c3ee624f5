"""The benchmark's own promises: it catches a wrong state, and shows what it ran on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

import pytest
from click.testing import CliRunner

import offchain.cli.bench as command
from offchain.batches.executor import ENGINES
from offchain.bench.contender import Contender, Deltaroll
from offchain.bench.measure import LMDB, MEMORY, WARM_UP_ITEMS, Plan, measure, warm_up
from offchain.bench.workload import Workload
from offchain.bench.workloads import WORKLOADS
from offchain.errors import NetworkError
from offchain.evm.transaction import Transaction
from offchain.state.diff import Diff
from offchain.state.genesis import GenesisAccount


class Idle:
    """Very fast, because it does nothing."""

    name = "idle"

    def prepare(
        self, genesis: Mapping[bytes, GenesisAccount], items: Sequence[Transaction]
    ) -> Callable[[], Diff]:
        return Diff


def plan(**changes: object) -> Plan:
    settings: dict[str, object] = {
        "engines": [Deltaroll("blocks")],
        "peers": [],
        "stores": [MEMORY],
        "rounds": 1,
        "fillers": {b"\x11" * 20: GenesisAccount(5)},
    }
    return Plan(**{**settings, **changes})  # type: ignore[arg-type]


def silent(text: str) -> None:
    pass


def test_a_contender_with_another_state_is_caught() -> None:
    idle: tuple[Contender, Callable[[Workload], int]] = (Idle(), lambda workload: 5)
    ours, peer = measure(WORKLOADS["transfers"](0.01), plan(peers=[idle]), silent).entries
    assert ours.agrees
    assert not peer.agrees


def test_a_peer_without_a_share_of_the_items_does_not_take_part() -> None:
    idle: tuple[Contender, Callable[[Workload], int]] = (Idle(), lambda workload: 0)
    assert len(measure(WORKLOADS["transfers"](0.01), plan(peers=[idle]), silent).entries) == 1


def test_every_engine_agrees_on_both_stores_in_every_round() -> None:
    everything = plan(engines=[Deltaroll(e) for e in ENGINES], stores=[MEMORY, LMDB], rounds=2)
    result = measure(WORKLOADS["erc20"](0.01), everything, silent)
    assert len(result.entries) == 2 * len(ENGINES)
    for entry in result.entries:
        assert entry.agrees
        assert len(entry.execute) == len(entry.root) == len(entry.commit) == 2


def test_the_command_prints_json_with_the_machine_and_no_names_of_hosts() -> None:
    arguments = ["execute", "--quick", "--only", "erc20", "--accounts", "10", "--json"]
    done = CliRunner().invoke(command.bench, arguments)
    assert done.exit_code == 0, done.output
    report = json.loads(done.output[done.output.index("{") :])  # behind the lines of progress
    assert set(report["machine"]) == {"cpu", "cores", "python", "system"}
    (workload,) = report["workloads"]
    evms = [entry["evm"].split()[0] for entry in workload["entries"]]
    assert evms == ["deltaroll"] * 4 + ["py-evm", "EELS"]
    assert all(entry["agrees"] for entry in workload["entries"])


def test_the_command_ends_with_1_where_a_state_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "peers", lambda: [(Idle(), lambda workload: 3)])
    arguments = ["execute", "--quick", "--only", "transfers", "--accounts", "0", "--store", "memory"]
    done = CliRunner().invoke(command.bench, arguments)
    assert done.exit_code == 1
    assert "WRONG STATE" in done.output
    assert "idle in transfers" in done.output


def test_steps_without_anvil_is_refused_before_anything_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_anvil() -> None:
        raise NetworkError("anvil is not installed")

    monkeypatch.setattr("offchain.conformance.anvil.find_anvil", no_anvil)
    monkeypatch.setattr("offchain.steptest.verifier.load_artifacts", lambda say: pytest.fail("goes on"))
    done = CliRunner().invoke(command.bench, ["steps"])
    assert isinstance(done.exception, NetworkError)
    assert str(done.exception) == "anvil is not installed; --no-osaka leaves out the rows that it takes"


def test_every_contender_is_warmed_up() -> None:
    seen: list[int] = []

    class Noting(Idle):
        def prepare(
            self, genesis: Mapping[bytes, GenesisAccount], items: Sequence[Transaction]
        ) -> Callable[[], Diff]:
            return lambda: seen.append(len(items)) or Diff()

    warm_up(
        WORKLOADS["erc20"](0.01), plan(peers=[(Noting(), lambda workload: 0), (Noting(), lambda workload: 1)])
    )
    assert seen == [WARM_UP_ITEMS, WARM_UP_ITEMS]
