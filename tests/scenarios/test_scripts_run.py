"""The scripts of `ape run` as a user starts them: processes that share an anvil, a record and their stores."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from offchain.demo.actors import actors, genesis
from offchain.demo.network import find_anvil, private_anvil
from offchain.errors import NetworkError
from offchain.l1.contracts import ROOT, Contracts
from offchain.l1.transport import HttpTransport
from offchain.node.genesis import write_genesis

pytestmark = [pytest.mark.chain, pytest.mark.slow]

HOLDER = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"


@pytest.fixture
def url() -> Iterator[str]:
    """An anvil that passes for ape's local chain."""
    try:
        find_anvil()
    except NetworkError as error:
        pytest.skip(f"no anvil: {error}")
    with private_anvil("--chain-id", "1337") as at:
        yield at


def ape(code: int, *arguments: object, lines: int = 1) -> str:
    """The last ``lines`` that a script prints, ape's own left out; ``code``: the demanded exit code."""
    command = [str(Path(sys.executable).with_name("ape")), "run", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    said = (done.stderr if code else done.stdout).strip().splitlines()
    own = [line for line in said if line.strip() and not line.startswith(("INFO:", "SUCCESS:"))]
    return "\n".join(own[-lines:])


def test_a_rollup_is_kept_alive_by_scripts(contracts: Contracts, url: str, tmp_path: Path) -> None:
    assert contracts  # compiled, so that the processes below find them
    write_genesis(genesis(), tmp_path / "genesis.json")
    network = ("--network", f"ethereum:local:{url}")
    chain = (*network, "--genesis", tmp_path / "genesis.json")
    record = ("--record", tmp_path / "record.json")
    sequencer = ("--account", "TEST::0", "--store", tmp_path / "sequencer")
    verifier = ("--account", "TEST::1", "--store", tmp_path / "verifier")

    assert ape(0, "deploy", *chain, *record, "--account", "TEST::0").endswith("record.json")
    assert "is the record of another deployment" in ape(2, "deploy", *chain, *record, "--account", "TEST::0")
    assert "order: the role is vacant" in ape(2, "order", *chain, *record, *sequencer)
    assert ape(0, "claim", *chain, *record, *sequencer, "--begin") == "nothing is ordered"

    people = actors()
    item = people["alice"].sign(people["bob"].address, value=1, gas=40_000)
    (tmp_path / "items").write_text(f"0x{item.hex()}\n")
    assert "batch 1: items 1," in ape(0, "order", tmp_path / "items", *chain, *record, *sequencer)
    claimed = "batches 1 to 1 are claimed, 1 are ordered"
    assert ape(0, "claim", *chain, *record, *sequencer) == claimed
    assert ape(2, "claim", *chain, *record, *verifier) == f"claim: the role is held by {HOLDER}"
    idle = "no move is due; 0 games of this account go on"
    assert ape(0, "challenge", *chain, *record, *verifier) == idle
    assert ape(0, "defend", *chain, *record, *sequencer) == idle

    assert "NothingToFinalize" in ape(2, "finalize", *chain, *record, *verifier)
    request = HttpTransport(url)
    request("evm_increaseTime", [86_400])
    request("evm_mine", [])
    request.close()
    assert ape(0, "finalize", *chain, *record, *verifier) == "final up to batch 1"
    assert ape(0, "finalize", *chain, *record, *sequencer, "--state").startswith("h(S_1) is claimed as 0x")
    owed = ape(0, "withdraw", HOLDER, *network, *record, "--account", "TEST::1")
    assert owed == f"nothing is owed to {HOLDER}"


def test_a_scenario_is_played_on_an_anvil_by_url(contracts: Contracts, url: str) -> None:
    assert contracts
    text = ape(0, "scenario", "silent-at-the-answer", "--network", f"ethereum:local:{url}")
    assert "as the protocol demands" in text
