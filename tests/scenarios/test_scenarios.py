"""Disputes on real contracts: a handful in every run, the whole matrix in the conformance run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from offchain.cli.scenario import scenario as command
from offchain.demo.network import LocalNetwork, find_anvil
from offchain.errors import InputError, NetworkError
from offchain.game.games import Reason
from offchain.l1.contracts import Contracts
from offchain.scenario.catalog import SCENARIOS, find_scenario
from offchain.scenario.demands import Ending
from offchain.scenario.play import play
from offchain.scenario.scenario import forfeits
from offchain.scenario.story import total
from offchain.scenario.world import World, open_world

pytestmark = pytest.mark.chain

HANDFUL = (
    "wrong-opcode",
    "false-state-middle",
    "false-state-full",
    "false-execution-full",
    "false-state-claim",
    "points-at-the-end",
    "agrees-on-a-false-parent",
    "wins-late",
    "hidden-order",
)


@pytest.fixture
def world(network: LocalNetwork, contracts: Contracts, tmp_path: Path) -> Iterator[World]:
    with open_world(network, contracts, 64, tmp_path) as opened:
        yield opened


def test_a_handful_ends_as_the_protocol_demands(world: World) -> None:
    for name in HANDFUL:
        story = play(find_scenario(name), world)
        assert story.is_right, story.text()
        assert json.loads(json.dumps(story.to_json()))["right"] is True


def test_the_story_names_the_step_and_both_values(world: World) -> None:
    story = play(find_scenario("wrong-slot"), world)
    (game,) = story.games
    assert "batch 6, item 2, step 185: SSTORE at pc 0x1c of 0x1010" in game.step
    assert game.sequencer_value != game.true_value
    assert story.lies == ("slot 0x0 of 0x" + "10" * 20 + " 78, right is 79",)
    assert (game.rounds, sum("Revealed" in line.call or line.call == "reveal" for line in story.lines)) == (
        6,
        6,
    )
    text = story.text()
    for part in (game.step, game.sequencer_value, game.true_value, story.lies[0], "5 ETH burnt", "gas"):
        assert part in text


def test_another_verdict_than_the_demanded_one_is_said(world: World) -> None:
    right = find_scenario("silent-at-the-answer")
    wrong = type(right)(right.name, right.sentence, right.script, (forfeits("verifier", Reason.TIME_OUT),))
    story = play(wrong, world)
    assert not story.is_right
    assert [check.name for check in story.checks if not check.holds] == ["expected result"]
    assert "demanded: verifier's game: challenger lost by time-out" in story.text()
    assert total([story]).endswith("wrong: silent-at-the-answer")


def test_another_step_than_the_demanded_one_is_said(world: World) -> None:
    right = find_scenario("false-execution-full")
    story = play(replace(right, step="FIXED POINT"), world)
    assert [check.name for check in story.checks if not check.holds] == ["the step that was disputed"]


def test_the_gas_of_a_call_is_its_senders(world: World) -> None:
    story = play(find_scenario("quiet-in-stage-two"), world)
    (game,) = story.games
    assert "challenger lost by time-out" in game.ending
    calls = {line.call: line.gas for line in story.lines if line.who == "sequencer" and line.call != "claim"}
    assert set(calls) == {"agree", "reveal", "timeOut"}
    assert game.sequencer_gas == sum(calls.values())


def test_a_withdrawal_is_told_whichever_contract_pays(world: World) -> None:
    story = play(find_scenario("silent-at-the-answer"), world)
    paid = sorted(line.what for line in story.lines if line.call == "withdraw")
    assert paid == ["1 ETH paid to verifier", "5 ETH paid to verifier"]


def test_wei_that_is_not_accounted_for_is_noticed(world: World) -> None:
    right = find_scenario("silent-at-the-answer")

    def script(stage: object) -> None:
        right.script(stage)  # type: ignore[arg-type]
        accounts = [world.parties[name].account for name in ("stranger", "friend")]
        accounts[0].transfer(accounts[1], 1)

    story = play(type(right)(right.name, right.sentence, script, right.demanded), world)
    (check,) = (check for check in story.checks if not check.holds)
    assert (check.name, check.detail) == ("bonds conserved", "friend has +1 wei; stranger has -1 wei")


def test_every_scenario_has_a_name_a_sentence_and_a_demand() -> None:
    assert len(SCENARIOS) >= 50
    for one in SCENARIOS.values():
        assert one.sentence.endswith(".") and "\n" not in one.sentence
        assert all(isinstance(ending, Ending) for ending in one.demanded)
    with pytest.raises(InputError, match="no scenario 'nothing'"):
        find_scenario("nothing")


def test_the_command_lists_and_refuses(contracts: Contracts) -> None:
    assert contracts
    runner = CliRunner()
    listed = runner.invoke(command, ["--list", "--json"])
    assert json.loads(listed.output) == {one.name: one.sentence for one in SCENARIOS.values()}
    assert runner.invoke(command, []).exit_code == 2
    assert runner.invoke(command, ["wrong-slot", "--all"]).exit_code == 2
    assert runner.invoke(command, ["wrong-slot", "--arity", "1"]).exit_code == 2
    assert isinstance(runner.invoke(command, ["nothing"]).exception, InputError)


@pytest.mark.slow
@pytest.mark.parametrize("arity", [2, 64])
@pytest.mark.parametrize("name", ["eth-tester", "anvil"])
def test_the_whole_matrix(name: str, arity: int, contracts: Contracts) -> None:
    assert contracts  # compiled, so that the process below finds them
    if name == "anvil":
        try:
            find_anvil()
        except NetworkError as error:
            pytest.skip(f"no anvil: {error}")
    command = ["scenario", "--all", "--network", name, "--arity", str(arity), "--json"]
    main = "from offchain.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", main, *command], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    stories = json.loads(done.stdout)
    wrong = {story["scenario"]: story["checks"] for story in stories if not story["right"]}
    assert (done.returncode, wrong, len(stories)) == (0, {}, len(SCENARIOS))
