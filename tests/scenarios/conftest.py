"""What every scenario shares: contracts that are never stale, and the embedded L1 as the demo sees it."""

from __future__ import annotations

from typing import Any

import pytest

from offchain.demo.network import LocalNetwork
from offchain.l1.contracts import Contracts, load_contracts
from offchain.l1.embedded import EmbeddedSource


@pytest.fixture(scope="session")
def contracts() -> Contracts:
    """All contracts of the project, compiled from the sources as they are now."""
    return load_contracts()


@pytest.fixture
def network(accounts: Any, chain: Any) -> LocalNetwork:
    """The chain of ape's test plugin, which takes back after each test what the test did."""
    provider = chain.provider
    return LocalNetwork("eth-tester", provider, accounts[0], lambda: EmbeddedSource(provider), None)
