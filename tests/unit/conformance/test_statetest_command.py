"""`deltaroll statetest`: exit codes, the JSON list, the table, and one line for bad input."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from offchain.cli.main import main
from offchain.cli.statetest import statetest
from offchain.conformance.fixtures import FIXTURES_VARIABLE, find_fixtures
from offchain.errors import FixtureError
from tests.support.state_tests import account, state_test, write


def run(*arguments: object) -> Result:
    return CliRunner(mix_stderr=False).invoke(statetest, [str(argument) for argument in arguments])


def rows(result: Result) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def spoiled(field: str = "hash") -> dict[str, Any]:
    test = state_test()
    test["post"]["Osaka"][0][field] = "0x" + "11" * 32
    return test


def test_all_passed_is_exit_code_0(tmp_path: Path) -> None:
    result = run(write(tmp_path / "own.json", own=state_test()))
    assert result.exit_code == 0
    assert "1 cases: 1 passed, 0 failed, 0 skipped" in result.stdout


@pytest.mark.parametrize("engine", ["interpreter", "steps", "eels"])
def test_a_wrong_root_is_a_failure_and_exit_code_1(tmp_path: Path, engine: str) -> None:
    path = write(tmp_path / "own.json", good=state_test(), bad=spoiled())
    result = run(path, "--json", "--engine", engine)
    assert result.exit_code == 1
    good, bad = rows(result)
    assert (good["name"], good["pass"], good["error"]) == ("good", True, None)
    assert (bad["name"], bad["pass"]) == ("bad", False)
    assert "post state root mismatch" in bad["error"]
    assert good["stateRoot"] == bad["stateRoot"]


def test_the_json_rows_have_the_fields_of_other_clients(tmp_path: Path) -> None:
    rich = state_test(extra_pre={"0x" + "aa" * 20: account(balance=2**160)})
    result = run(write(tmp_path / "own.json", own=state_test(), rich=rich), "--json")
    assert result.exit_code == 0, "a skipped case is no failure"
    own, skipped = rows(result)
    assert list(own) == ["name", "pass", "fork", "stateRoot", "error", "skipped"]
    assert own["fork"] == "Osaka"
    assert own["skipped"] is None
    assert (skipped["pass"], skipped["skipped"]) == (False, "balance of 2^160 or more")
    assert skipped["stateRoot"] is None
    assert "1 skipped (1 balance of 2^160 or more)" in result.stderr


def test_the_table_names_each_failure(tmp_path: Path) -> None:
    result = run(write(tmp_path / "group" / "own.json", bad=spoiled("logs")))
    assert result.exit_code == 1
    assert "FAILED" in result.stdout
    assert "logs hash mismatch" in result.stdout
    assert "group" in result.stdout


def test_verbose_has_a_row_for_each_case(tmp_path: Path) -> None:
    result = run(write(tmp_path / "own.json", one=state_test(), two=state_test()), "--verbose")
    assert [line.split()[-1] for line in result.stdout.splitlines() if "passed" in line][:2] == ["one", "two"]


def test_two_processes_give_the_same_list_as_one(tmp_path: Path) -> None:
    for number in range(3):
        tests = {f"t{number}{letter}": state_test(data=("0x01", "0x02")) for letter in "ab"}
        write(tmp_path / f"{number}.json", **tests, bad=spoiled())
    one, two = run(tmp_path, "--json"), run(tmp_path, "--json", "-j", 2)
    assert one.exit_code == two.exit_code == 1
    assert rows(one) == rows(two)
    assert len(rows(one)) == 15


def test_large_files_are_cut_into_parts_without_losing_a_case(tmp_path: Path) -> None:
    filler = {"0x" + f"{number:040x}": account(balance=1, code="00" * 3000) for number in range(1000, 1040)}
    test = state_test(data=tuple(f"0x{number:02x}" for number in range(7)), extra_pre=filler)
    write(tmp_path / "large.json", own=test)
    assert (tmp_path / "large.json").stat().st_size > 150_000
    names = [row["name"] for row in rows(run(tmp_path / "large.json", "--json"))]
    assert names == [f"own[d{number}g0v0]" for number in range(7)]


def test_a_sample_is_a_share_and_always_the_same(tmp_path: Path) -> None:
    data = tuple(f"0x{number:02x}" for number in range(40))
    path = write(tmp_path / "own.json", own=state_test(data=data))
    first, second = (rows(run(path, "--json", "--sample", "0.5")) for _ in range(2))
    assert first == second
    assert 5 < len(first) < 35


@pytest.mark.parametrize(("least", "code"), [(2, 0), (3, 1)])
def test_fewer_cases_than_asked_for_are_a_failure(tmp_path: Path, least: int, code: int) -> None:
    refused = state_test(nonce="0x05")
    path = write(tmp_path / "own.json", one=state_test(), two=state_test(), refused=refused)
    result = run(path, "--at-least", least)
    assert result.exit_code == code, result.stdout
    assert ("only 2 cases were executed and passed, not 3" in result.stdout) == bool(code)


def test_older_forks_run_only_differentially(tmp_path: Path) -> None:
    path = write(tmp_path / "own.json", own=state_test(fork="Cancun"))
    plain = run(path, "--json")
    assert (plain.exit_code, rows(plain)) == (0, [])
    assert "--differential" in plain.stderr
    result = run(path, "--json", "--differential", "--cache", tmp_path / "cache")
    assert result.exit_code == 0
    assert [row["pass"] for row in rows(result)] == [True]


def test_a_differential_run_takes_the_root_of_an_older_fork_for_nothing(tmp_path: Path) -> None:
    test = state_test(fork="Cancun")
    test["post"]["Cancun"][0]["hash"] = "0x" + "11" * 32
    path = write(tmp_path / "own.json", own=test)
    assert run(path, "--differential", "--cache", tmp_path / "cache").exit_code == 0


def test_the_fixtures_of_the_environment_are_the_default(tmp_path: Path) -> None:
    write(tmp_path / "own.json", own=state_test())
    result = CliRunner(mix_stderr=False).invoke(statetest, ["--json"], env={FIXTURES_VARIABLE: str(tmp_path)})
    assert [row["pass"] for row in rows(result)] == [True]


def test_an_empty_environment_variable_is_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # which is no folder of fixtures
    assert _found({FIXTURES_VARIABLE: ""}) == _found({})


def _found(environ: dict[str, str]) -> Path | str:
    try:
        return find_fixtures(environ)
    except FixtureError as error:
        return str(error)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (None, "no such file or folder"),
        ("{", "not JSON"),
        ('{"own": ' + "[" * 65 + "]" * 65 + "}", "not JSON: nested deeper than 64"),
        ("[]", "not a JSON object"),
        ('{"own": {"blocks": []}}', "not a state test"),
        ("{}", "not a state test"),
        ('{"own": {"env": {}, "pre": {}, "transaction": {}, "post": {"Osaka": []}}}', "no 'currentNumber'"),
        ('{"own": {"env": 1, "pre": {}, "transaction": {}, "post": {"Osaka": []}}}', "not a JSON object"),
        ('{"own": {"env": {}, "pre": {}, "transaction": {}, "post": 5}}', "not a JSON object"),
    ],
)
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_bad_input_is_one_line_and_exit_code_2(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    content: str | None,
    word: str,
    jobs: str,
) -> None:
    path = tmp_path / "x.json"
    if content is not None:
        path.write_text(content)
    second = write(tmp_path / "own.json", own=state_test())
    monkeypatch.setattr(sys, "argv", ["deltaroll", "statetest", str(path), str(second), "-j", jobs])
    with pytest.raises(SystemExit) as ended:
        main()
    printed = capsys.readouterr()
    assert ended.value.code == 2
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
    assert word in printed.err


def test_a_folder_without_state_tests_is_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "block.json").write_text('{"own": {"blocks": []}}')
    monkeypatch.setattr(sys, "argv", ["deltaroll", "statetest", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "no state test in there" in capsys.readouterr().err
