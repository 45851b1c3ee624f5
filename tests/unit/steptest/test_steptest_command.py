"""`deltaroll steptest`: what it reports, its exit codes, and that a wrong answer of the verifier is noticed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from offchain.cli.steptest import steptest
from offchain.errors import FixtureError, NetworkError
from offchain.steptest import runner
from offchain.steptest.engine import Answer
from offchain.steptest.engine_pyrevm import PyrevmEngine
from offchain.steptest.programs import ProgramJob
from tests.support.state_tests import account, state_test, write

BLS_ADDRESS = "0x" + "00" * 19 + "0b"
WRITER = "dead" * 10


def run(*arguments: object) -> Result:
    return CliRunner(mix_stderr=False).invoke(steptest, [str(argument) for argument in arguments])


def report(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return write(tmp_path / "own.json", own=state_test())


def spoil_answers(monkeypatch: pytest.MonkeyPatch, spoilt: Answer) -> None:
    """Every seventh answer is another one."""
    honest = PyrevmEngine.ask

    def ask(engine: PyrevmEngine, calls: Sequence[bytes]) -> list[Answer]:
        answers = honest(engine, calls)
        return [spoilt if number == 6 else answer for number, answer in enumerate(answers)]

    monkeypatch.setattr(PyrevmEngine, "ask", ask)


def test_all_steps_of_a_case_agree_and_are_counted(own: Path) -> None:
    result = run(own, "--json")
    assert result.exit_code == 0, result.stderr
    counts = report(result)
    assert (counts["cases"], counts["mismatches"], counts["skipped_steps"]) == (1, [], {})
    assert counts["steps_checked"] == counts["steps_total"] > 12
    assert counts["max_witness_bytes"] > 500
    assert counts["max_gas"] == max(counts["gas_by_opcode"].values())
    assert {"BEGIN", "ITEM", "START", "SETTLE", "SSTORE", "LOG1", "STOP"} <= counts["gas_by_opcode"].keys()


@pytest.mark.parametrize(
    ("spoilt", "have"),
    [(Answer(b"\x11" * 32), "0x" + "11" * 32), (Answer(None, error="reverted"), None)],
    ids=["another successor", "revert"],
)
def test_a_wrong_answer_of_the_verifier_is_a_mismatch_and_exit_code_1(
    own: Path, monkeypatch: pytest.MonkeyPatch, spoilt: Answer, have: str | None
) -> None:
    spoil_answers(monkeypatch, spoilt)
    result = run(own, "--json")
    assert result.exit_code == 1
    (mismatch,) = report(result)["mismatches"]
    assert (mismatch["step"], mismatch["have"], mismatch["case"]) == (6, have, "own")
    assert mismatch["want"] != have
    text = run(own)
    assert text.exit_code == 1
    assert "MISMATCH" in text.stdout


def test_a_file_that_is_no_json_is_told_before_the_contracts_are_compiled(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("offchain.l1.contracts.are_compiled", lambda: False)
    monkeypatch.setattr("offchain.l1.contracts.load_contracts", lambda: pytest.fail("compiles"))
    (own.parent / "zoo.json").write_text("nothing")
    result = run(own.parent)
    assert isinstance(result.exception, FixtureError)
    assert "zoo.json: not JSON" in str(result.exception)


def test_before_it_compiles_it_says_so(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offchain.l1.contracts.are_compiled", lambda: False)
    result = run(own, "--json")
    assert result.exit_code == 0
    assert result.stderr.splitlines()[0] == "compiling the contracts, about 40 s"


def test_a_sample_is_smaller_and_always_the_same(own: Path) -> None:
    first, second = (report(run(own, "--json", "--sample", 6)) for _ in range(2))
    assert first == second
    assert first["steps_checked"] == 6 < first["steps_total"]


def test_two_processes_count_what_one_does(tmp_path: Path) -> None:
    for number in range(3):
        write(tmp_path / f"{number}.json", own=state_test(data=("0x01", f"0x{number + 2:02x}")))
    one, two = run(tmp_path, "--json"), run(tmp_path, "--json", "-j", 2)
    assert (one.exit_code, two.exit_code) == (0, 0), two.stderr
    assert report(one) == report(two)
    assert report(one)["cases"] == 6


def test_empty_cells_of_the_coverage_are_listed_and_fail(own: Path) -> None:
    result = run(own, "--json", "--coverage", "--no-programs")
    assert result.exit_code == 1
    coverage = report(result)["coverage"]
    assert coverage["table"]["SSTORE"] == {"success": 1}
    assert "SSTORE: static" in coverage["empty"]
    assert "SSTORE: success" not in coverage["empty"]
    assert "ADD: static" not in coverage["empty"]
    lines = run(own, "--coverage", "--no-programs").stdout.splitlines()
    (head,) = [number for number, line in enumerate(lines) if line.startswith("EMPTY: ")]
    assert f"{len(coverage['empty']):,} cells" in lines[head]
    told = lines[head + 1 : -1]  # the last line is the summary
    assert max(map(len, told)) <= 100
    (static,) = [line for line in told if line.startswith("  static (")]
    assert "SSTORE, TSTORE, LOG0" in static


def test_the_coverage_adds_programs_that_fill_every_cell(own: Path) -> None:
    result = run(own, "--json", "--coverage")
    assert result.exit_code == 0, result.stderr
    counts = report(result)
    assert counts["cases"] == 1
    assert counts["programs"] > 200
    assert counts["coverage"]["empty"] == []


def test_programs_alone_need_no_fixtures_and_no_coverage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DELTAROLL_FIXTURES", "/nowhere")
    monkeypatch.setattr("offchain.cli.steptest.program_jobs", lambda: [ProgramJob(0, 40)])
    alone, sampled = report(run("--programs", "--json")), report(run("--programs", "--json", "--sample", 1))
    assert alone == sampled  # a sample is one of official cases
    assert alone["cases"] == 0
    assert alone["programs"] == 6
    assert "coverage" not in alone
    assert isinstance(run("--json").exception, FixtureError)


@pytest.mark.parametrize(
    ("code", "cell"),
    [
        ("5f5f0100", "ADD: success"),
        ("63ffffffff5f20", "KECCAK256: out of dynamic gas"),
        ("5f5f5f5f73" + WRITER + "5ffa00", "PUSH0: out of gas"),
        ("01", "ADD: underflow"),
        ("5b5f5f56", "PUSH0: overflow"),
        ("5f5f5f5f73" + WRITER + "5afa00", "SSTORE: static"),
        ("600456", "JUMP: bad jump"),
        ("fe", "INVALID: other"),
        ("0c", "UNDEFINED: other"),
    ],
)
def test_each_outcome_is_told(tmp_path: Path, code: str, cell: str) -> None:
    test = state_test(code=code, extra_pre={"0x" + WRITER: account(code="5f5f55")})
    counts = report(run(write(tmp_path / "own.json", own=test), "--json", "--coverage", "--no-programs"))
    assert not counts["mismatches"]
    name, outcome = cell.split(": ")
    assert counts["coverage"]["table"][name][outcome] == 1


def test_block_hashes_of_state_tests_are_proven(tmp_path: Path) -> None:
    test = state_test(code="43600190034000")  # BLOCKHASH(NUMBER - 1)
    counts = report(run(write(tmp_path / "own.json", own=test), "--json"))
    assert not counts["mismatches"]
    assert "BLOCKHASH" in counts["gas_by_opcode"]


def bls_call(tmp_path: Path) -> Path:
    return write(tmp_path / "own.json", own=state_test(to=BLS_ADDRESS, data=("0x" + "00" * 256,)))


def test_precompiles_of_prague_are_asked_of_anvil_by_themselves(tmp_path: Path) -> None:
    result = run(bls_call(tmp_path), "--json")
    if report(result)["skipped_steps"]:
        pytest.skip("anvil is not installed")
    assert result.exit_code == 0
    assert report(result)["steps_checked"] == report(result)["steps_total"]


def test_without_anvil_they_are_skipped_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = runner.open_engine

    def no_anvil(name: str, *arguments: Any) -> Any:
        if name == "anvil":
            raise NetworkError("anvil is not installed")
        return original(name, *arguments)

    monkeypatch.setattr(runner, "open_engine", no_anvil)
    counts = report(run(bls_call(tmp_path), "--json"))
    assert counts["skipped_steps"] == {runner.NO_PRAGUE: 1}
    assert counts["steps_checked"] == counts["steps_total"] - 1
    assert not counts["mismatches"]


def test_a_case_that_no_chain_of_ours_can_have_is_skipped(tmp_path: Path) -> None:
    rich = state_test(extra_pre={"0x" + "aa" * 20: account(balance=2**160)})
    result = run(write(tmp_path / "own.json", rich=rich), "--json")
    assert result.exit_code == 0
    assert report(result)["skipped_cases"] == {"balance of 2^160 or more": 1}


def test_files_without_state_tests_and_contradicting_options_are_refused(tmp_path: Path, own: Path) -> None:
    block = tmp_path / "block.json"
    block.write_text('{"own": {"blocks": []}}')
    assert isinstance(run(block).exception, FixtureError)
    assert run(own, "--sample", 5, "--all").exit_code == 2


@pytest.mark.parametrize("engine", ["anvil", "eth-tester"])
def test_other_engines_agree(own: Path, engine: str) -> None:
    result = run(own, "--json", "--engine", engine)
    if isinstance(result.exception, NetworkError) and "not installed" in str(result.exception):
        pytest.skip("anvil is not installed")
    assert result.exit_code == 0, result.stderr
    counts = report(result)
    assert counts["steps_checked"] == report(run(own, "--json"))["steps_checked"]
    assert counts["max_gas"] is None
