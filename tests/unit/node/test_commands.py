"""What a user of `deltaroll verify`, `store` and `demo` sees: exit codes, and one line for whatever is wrong."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from offchain.cli.main import main
from offchain.l1.deployment import NO_GAME, Deployment, write_deployment
from offchain.l1.parameters import DEMO
from offchain.node.genesis import write_genesis
from offchain.state.flat_store import FlatStore
from tests.unit.node.conftest import FRIEND, GENESIS, World
from tests.unit.node.fake_l1 import ADDRESS, CHAIN_ID
from tests.unit.node.fake_rpc import serve
from tests.unit.node.test_verifier import Liar

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command line; returns (exit code, output, errors)."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["deltaroll", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            main()
        output = capsys.readouterr()
        assert isinstance(caught.value.code, int)
        return caught.value.code, output.out, output.err

    return call


@pytest.fixture
def verify(world: World, tmp_path: Path) -> Iterator[list[object]]:
    """The arguments of `deltaroll verify` on the world's L1, all of them good."""
    rollup = world.l1.rollup
    deployment = Deployment(
        chain_id=CHAIN_ID,
        block=0,
        rollup=f"0x{ADDRESS.hex()}",
        game=NO_GAME,
        genesis_state_root=rollup.genesis_state_root,
        chain_config_hash=rollup.chain_config_hash,
        parameters=DEMO,
    )
    write_deployment(deployment, tmp_path / "deployment.json")
    write_genesis(GENESIS, tmp_path / "genesis.json")
    with serve(world.l1) as url:
        files = {"--deployment": tmp_path / "deployment.json", "--store": tmp_path / "store"}
        yield ["verify", "--rpc", url, *(part for pair in files.items() for part in pair)]


def refused(result: tuple[int, str, str], *words: str) -> None:
    """Exit code 2, nothing on stdout, and one line on stderr that has the words."""
    code, output, errors = result
    assert (code, output) == (2, "")
    assert errors.startswith("deltaroll: ")
    assert errors.count("\n") == 1
    for word in words:
        assert word in errors


def test_all_right_is_exit_code_0(world: World, verify: list[object], run: Run) -> None:
    world.post(world.sequencer(), 3)
    code, output, _ = run(*verify)
    assert code == 0
    assert "3 batches ordered, 3 claimed" in output
    assert "all right: 3 claims of h(D)" in output


def test_a_false_claim_is_exit_code_1_and_named(world: World, verify: list[object], run: Run) -> None:
    world.post(world.sequencer(kind=Liar), 4)
    code, output, _ = run(*verify, "--diffs", world.diffs)
    assert code == 1
    assert "batch 3: the claimed h(D) 0x" in output
    assert f"account 0x{FRIEND.hex()} balance: claimed 4, right is 3" in output
    code, output, _ = run(*verify, "--diffs", world.diffs, "--json")
    verdict = json.loads(output)
    assert (code, verdict["right"], verdict["applied"], verdict["first"]["batch"]) == (1, False, 0, 3)


def test_each_start_goes_on_from_the_store(world: World, verify: list[object], run: Run) -> None:
    sequencer = world.sequencer()
    for total in (2, 4):
        world.post(sequencer, 2)
        code, output, _ = run(*verify)
        assert code == 0
        assert f"{total} batches ordered" in output
        assert "2 executed now" in output


def with_option(arguments: list[object], name: str, value: object) -> list[object]:
    at = arguments.index(name)
    return [*arguments[: at + 1], value, *arguments[at + 2 :]]


def test_an_unreachable_node_is_one_line(verify: list[object], run: Run) -> None:
    refused(run(*with_option(verify, "--rpc", "http://127.0.0.1:1")), "can't be reached")
    refused(run(*with_option(verify, "--rpc", "nowhere")), "is no http(s) URL")


def test_a_missing_or_bad_deployment_is_one_line(verify: list[object], run: Run, tmp_path: Path) -> None:
    refused(run(*with_option(verify, "--deployment", tmp_path / "none.json")), "none.json", "No such file")
    for content in ("{", "[]", "{}", json.dumps({"chain_id": 1})):
        (tmp_path / "bad.json").write_text(content)
        refused(run(*with_option(verify, "--deployment", tmp_path / "bad.json")), "bad.json")


def change_record(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_wrong_network_is_one_line(verify: list[object], run: Run, tmp_path: Path) -> None:
    record = tmp_path / "deployment.json"
    good = record.read_text()
    for changes, words in (
        ({"chain_id": 5}, ("wrong network", "chain id 31337")),
        ({"rollup": "0x" + "55" * 20}, ("wrong network", "no contract")),
        ({"rollup": "0x55"}, ("is no address",)),
        ({"chain_config_hash": "0x" + "55" * 32}, ("another rollup",)),
        ({"genesis_state_root": "0x" + "55" * 32}, ("another rollup",)),
        ({"block": 1}, ("record of the deployment names block 1", "was made before it")),
        ({"block": 9_999}, ("names block 9999, L1 ends at block",)),
        ({"block": -1}, ("block -1 is no number of a block",)),
    ):
        change_record(record, **changes)
        refused(run(*verify), *words)
        record.write_text(good)


def test_another_genesis_is_one_line(verify: list[object], run: Run, tmp_path: Path) -> None:
    path = tmp_path / "genesis.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"accounts": {}}))
    refused(run(*verify), "another first state")
    path.write_text(json.dumps(content | {"config": content["config"] | {"base_fee": 8}}))
    refused(run(*verify), "another chain configuration")
    path.unlink()
    refused(run(*verify), "genesis.json", "No such file")


def test_another_genesis_beside_a_store_that_is_there_is_one_line(
    world: World, verify: list[object], run: Run, tmp_path: Path
) -> None:
    world.post(world.sequencer(), 1)
    assert run(*verify)[0] == 0
    path = tmp_path / "genesis.json"
    content = json.loads(path.read_text())
    next(iter(content["accounts"].values()))["balance"] = "5"
    path.write_text(json.dumps(content))
    refused(run(*verify), "another first state")


def test_a_node_that_takes_no_batches_of_requests_will_do(
    world: World, verify: list[object], run: Run
) -> None:
    world.post(world.sequencer(), 3)
    with serve(world.l1, batches=False) as url:
        code, output, _ = run(*with_option(verify, "--rpc", url))
    assert (code, "all right: 3 claims" in output) == (0, True)


def test_a_locked_store_is_one_line(world: World, verify: list[object], run: Run, tmp_path: Path) -> None:
    holder = world.replica("store")
    refused(run(*verify), "locked by another writer")
    holder.store.close()
    assert run(*verify)[0] == 0


def test_a_foreign_or_damaged_store_is_one_line(verify: list[object], run: Run, tmp_path: Path) -> None:
    store = tmp_path / "store"
    FlatStore.create(store, GENESIS.allocation(), b"\x01" * 32).close()
    refused(run(*verify), "belongs to another chain")
    data = store / "data.mdb"
    data.write_bytes(data.read_bytes()[:5_000])
    refused(run(*verify), "truncated")
    refused(run(*with_option(verify, "--store", tmp_path / "no" / "where")), "no such directory")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    refused(run(*with_option(verify, "--store", tmp_path / "full")), "not empty")


def in_a_process(*arguments: object, file_size: int | None = None) -> subprocess.CompletedProcess[str]:
    """Runs the command line as a user does; no file may grow above ``file_size`` bytes."""

    def limit() -> None:
        if file_size is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))

    command = [sys.executable, "-c", "from offchain.cli.main import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=limit)


def test_a_full_disk_is_one_line(verify: list[object]) -> None:
    done = in_a_process(*verify, file_size=100_000)
    refused((done.returncode, done.stdout, done.stderr), "disk is full")


def test_the_store_is_shown_and_verified(world: World, run: Run, tmp_path: Path) -> None:
    sequencer = world.sequencer("store")
    world.post(sequencer, 3)
    sequencer.replica.store.close()
    code, output, _ = run("store", "info", tmp_path / "store")
    assert code == 0
    assert [line.split() for line in output.splitlines()][1] == ["head", "3"]
    code, output, _ = run("store", "info", tmp_path / "store", "--json")
    assert json.loads(output)["orderHash"] == f"0x{world.l1.blocks[-1][1].orders[3][0].hex()}"
    code, output, _ = run("store", "verify", tmp_path / "store")
    assert (code, output.splitlines()[-1]) == (0, "all right")


@pytest.mark.parametrize("command", ["info", "verify"])
def test_a_store_that_can_t_be_read_is_one_line(command: str, run: Run, tmp_path: Path) -> None:
    refused(run("store", command, tmp_path / "none"), "no such directory")
    refused(run("store", command, tmp_path), "there is no store in this directory")
    (tmp_path / "data.mdb").write_bytes(b"nothing of ours" * 1_000)
    refused(run("store", command, tmp_path), "no LMDB file")


def test_a_store_in_use_can_be_shown(world: World, tmp_path: Path) -> None:
    world.replica("store")
    done = in_a_process("store", "info", tmp_path / "store")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("network", "word"),
    [
        ("nonsense", "unknown network 'nonsense'"),
        ("http://127.0.0.1:1", "can't be reached"),
        ("http://", "is no http(s) URL"),
    ],
)
def test_a_wrong_network_for_the_demo_is_one_line(network: str, word: str, run: Run) -> None:
    refused(run("demo", "--network", network), word)


def test_a_node_that_is_no_anvil_can_t_serve_the_demo(world: World, run: Run) -> None:
    with serve(world.l1) as url:
        refused(run("demo", "--network", url), "which needs an anvil")


def test_a_folder_in_use_is_not_kept_into(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused(run("demo", "--keep", tmp_path), "the folder is not empty")


@pytest.mark.parametrize("arguments", [["verify"], ["store", "info"], ["nothing"], ["demo", "--colour"]])
def test_wrong_arguments_are_one_line(arguments: list[str], run: Run) -> None:
    refused(run(*arguments))


def test_a_path_that_the_system_refuses_is_one_line(verify: list[object], run: Run, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    file = tmp_path / "genesis.json"
    for path in (tmp_path / ("a" * 300), file / "store", tmp_path / "loop" / "store"):
        refused(run(*with_option(verify, "--store", path)))
        refused(run(*verify, "--genesis", path))
        refused(run("store", "info", path))


def test_an_exception_nobody_expected_is_not_taken_for_a_false_claim(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> None:
        raise RuntimeError("our own mistake")

    monkeypatch.setattr("offchain.cli.store.StateReader.open", broken)
    code, _, errors = run("store", "info", tmp_path)
    assert code == 70
    assert "Traceback" in errors
    assert "our own mistake" in errors


def test_a_huge_number_is_not_echoed_whole(verify: list[object], run: Run, tmp_path: Path) -> None:
    path = tmp_path / "genesis.json"
    content = json.loads(path.read_text())
    account = next(iter(content["accounts"].values()))
    for balance in ("9" * 4_000, "0x" + "f" * 5_000, int("9" * 4_000), "-" + "9" * 4_000, "9" * 5_000):
        account["balance"] = balance
        path.write_text(json.dumps(content))
        result = run(*verify)
        refused(result, "balance", "characters)")
        assert len(result[2]) < 400


def test_a_deployment_with_another_d_min_than_the_chain_s_is_one_line(
    world: World, verify: list[object], run: Run, tmp_path: Path
) -> None:
    record = tmp_path / "deployment.json"
    parameters = json.loads(record.read_text())["parameters"]
    change_record(record, parameters=parameters | {"batch_interval": 2})
    refused(run(*verify), "another rollup", "batch_interval = 1")
    world.l1.parameters = replace(world.l1.parameters, batch_interval=2)
    refused(run(*verify), "the chain's configuration has batch_interval = 1, the deployment 2")
