"""The agents as processes over RPC, each ended by SIGKILL at every move that it makes: a game of case B on anvil."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from offchain.demo.network import open_network, private_anvil
from offchain.game.games import Reason
from offchain.l1.contracts import ROOT, Contracts
from offchain.l1.deployment import deploy, write_deployment
from offchain.l1.games import Outcome
from offchain.node.genesis import write_genesis
from tests.contracts.game_agents.arena import GENESIS, PARAMETERS, Arena

pytestmark = [pytest.mark.chain, pytest.mark.slow]

PATIENT = replace(PARAMETERS, clock=6_000, idle_time=15_000)
"""The second that a process takes to begin is time of the game as well."""


def run(role: str, url: str, folder: Path, when: str) -> bool:
    """Runs an agent until it dies; whether it did."""
    command = [
        sys.executable,
        "-m",
        "tests.contracts.game_agents.agent_process",
        role,
        url,
        str(folder),
        when,
    ]
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode == -signal.SIGKILL:
        return True
    assert ended.returncode == 0 and "idle" in ended.stdout, ended.stdout + ended.stderr
    return False


def test_case_b_is_won_by_processes_that_die_at_every_move(
    contracts: Contracts, accounts: Any, tmp_path: Path
) -> None:
    with private_anvil() as url, open_network(url) as network:
        deployment = deploy(network.account, PATIENT, GENESIS, contracts=contracts)
        write_deployment(deployment, tmp_path / "deployment.json")
        write_genesis(GENESIS, tmp_path / "genesis.json")
        arena = Arena(network, deployment, contracts, tmp_path, accounts)
        sequencer = arena.sequencer(4)
        sequencer.begin_term(PATIENT.stake)
        arena.post(sequencer, 4)
        deaths = []
        while not (games := arena.book().games) or not games[1].is_over:
            for role in ("challenger", "defender"):
                for when in ("before", "after"):
                    deaths += [when] * run(role, url, tmp_path, when)
        record = arena.book().games[1]
        assert (record.outcome, record.reason) == (Outcome.SEQUENCER_LOST, Reason.STEP)
        assert len(games) == 1
        assert deaths.count("before") == deaths.count("after") > 10
        arena.close()
