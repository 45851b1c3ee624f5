"""The rollup on the connected L1, through ape."""

from __future__ import annotations

from typing import Any

import pytest

from offchain.l1.contracts import Contracts
from offchain.l1.deployment import Deployment, deploy_rollup, open_rollup
from offchain.l1.parameters import DEMO

GENESIS_ROOT, CONFIGURATION = b"\x01" * 32, b"\x02" * 32


@pytest.fixture(scope="session")
def deployment(contracts: Contracts, accounts: Any) -> Deployment:
    """A rollup and its stub game, at the addresses that they were promised to each other."""
    return deploy_rollup(
        accounts[0], DEMO, GENESIS_ROOT, CONFIGURATION, contracts=contracts, game=contracts["GameStub"]
    )


@pytest.fixture(scope="session")
def rollup(deployment: Deployment, contracts: Contracts, chain: Any) -> Any:
    """The deployed RollupManager."""
    return open_rollup(deployment, chain.provider, contracts)


@pytest.fixture(scope="session")
def game(deployment: Deployment, contracts: Contracts) -> Any:
    """The deployed GameStub."""
    return contracts["GameStub"].at(deployment.game)
