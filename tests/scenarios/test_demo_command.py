"""`deltaroll demo` and `deltaroll verify` as a user runs them: processes that share L1 and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from offchain.demo.network import find_anvil, private_anvil
from offchain.errors import NetworkError
from offchain.l1.contracts import Contracts

pytestmark = pytest.mark.chain


def deltaroll(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from offchain.cli.main import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def anvil_url() -> Iterator[str]:
    """An anvil that outlives the demo's process."""
    try:
        find_anvil()
    except NetworkError as error:
        pytest.skip(f"no anvil: {error}")
    with private_anvil() as url:
        yield url


def test_the_demo_on_the_embedded_chain(contracts: Contracts, tmp_path: Path) -> None:
    assert contracts  # compiled, so that the process below finds them
    kept = tmp_path / "kept"
    done = deltaroll("demo", "--json", "--keep", kept)
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert result["asItShouldBe"] is True
    assert len(result["batches"]) == 13
    assert sorted(path.name for path in kept.iterdir()) == [
        "deployment.json",
        "diffs",
        "genesis.json",
        "sequencer",
        "verifier",
    ]


def test_another_process_verifies_what_the_demo_left_on_anvil(
    contracts: Contracts, anvil_url: str, tmp_path: Path
) -> None:
    assert contracts
    kept = tmp_path / "kept"
    done = deltaroll("demo", "--network", anvil_url, "--keep", kept)
    assert (done.returncode, done.stderr) == (0, "")
    assert "as it should be" in done.stdout
    verify = [
        "verify",
        "--rpc",
        anvil_url,
        "--deployment",
        kept / "deployment.json",
        "--store",
        tmp_path / "mine",
    ]
    found = deltaroll(*verify, "--diffs", kept / "diffs")
    assert (found.returncode, found.stderr) == (0, "")
    again = deltaroll(*verify, "--json")
    verdict = json.loads(again.stdout)
    assert (again.returncode, verdict["applied"], verdict["finalized"], verdict["first"]) == (0, 0, 15, None)
