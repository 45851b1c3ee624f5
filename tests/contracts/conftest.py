"""What every test on an embedded L1 shares: contracts that are never stale."""

from __future__ import annotations

import pytest

from offchain.l1.contracts import Contracts, load_contracts


@pytest.fixture(scope="session")
def contracts() -> Contracts:
    """All contracts of the project, compiled from the sources as they are now."""
    return load_contracts()
