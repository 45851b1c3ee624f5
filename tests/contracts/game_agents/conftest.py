"""One deployment for all games, and an arena on it for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from offchain.demo.network import LocalNetwork
from offchain.l1.contracts import Contracts
from offchain.l1.deployment import Deployment, deploy
from offchain.l1.embedded import EmbeddedSource
from tests.contracts.game_agents.arena import GENESIS, PARAMETERS, Arena


@pytest.fixture(scope="session")
def deployment(contracts: Contracts, accounts: Any) -> Deployment:
    """The rollup with the real verifier."""
    return deploy(accounts[0], PARAMETERS, GENESIS, contracts=contracts)


@pytest.fixture
def arena(
    deployment: Deployment, contracts: Contracts, accounts: Any, chain: Any, tmp_path: Path
) -> Iterator[Arena]:
    """An arena; ape takes the chain back behind the test."""
    provider = chain.provider
    network = LocalNetwork("eth-tester", provider, accounts[0], lambda: EmbeddedSource(provider), None)
    made = Arena(network, deployment, contracts, tmp_path, accounts)
    yield made
    made.close()
