"""Verifiers on the chain of a scenario."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from offchain.batches.executor import PythonExecutor
from offchain.demo.network import LocalNetwork
from offchain.l1.deployment import Deployment
from offchain.l1.watcher import Watcher
from offchain.node.genesis import Genesis
from offchain.node.replica import Replica, open_store
from offchain.node.rollup import rollup_of
from offchain.node.verifier import Verifier

__all__ = ["verifier_of"]


@contextmanager
def verifier_of(
    network: LocalNetwork, deployment: Deployment, genesis: Genesis, store: Path, diffs: Path
) -> Iterator[Verifier]:
    """A verifier with its own store and its own reading of L1."""
    rollup = rollup_of(deployment)
    with open_store(store, genesis, rollup, durable=False) as opened:
        replica = Replica(opened, Watcher(network.new_source(), rollup), genesis.config, PythonExecutor())
        yield Verifier(replica, diffs)
