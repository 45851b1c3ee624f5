"""What asks the deployed verifier: in process, by anvil, or by eth-tester."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from offchain.errors import InputError
from offchain.steptest.verifier import Artifacts

__all__ = ["ENGINES", "Answer", "Engine", "open_engine"]

#: The first one is the default.
ENGINES: Final = ("pyrevm", "anvil", "eth-tester")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the contract says: a successor's hash, or None and why not. ``gas``: all in, 0 if not measured."""

    after: bytes | None
    gas: int = 0
    error: str = ""


class Engine(Protocol):
    """A chain with the verifier on it. ``has_prague`` tells whether it has the precompiles of Prague."""

    has_prague: bool

    def ask(self, calls: Sequence[bytes]) -> list[Answer]:
        """The answers to these calls of the verifier."""


def open_engine(name: str, artifacts: Artifacts) -> AbstractContextManager[Engine]:
    """Start a chain and deploy the verifier. Raises InputError or NetworkError where it is not to be had."""
    if name == "pyrevm":
        return _pyrevm(artifacts)
    if name == "anvil":
        from offchain.steptest.engine_anvil import AnvilEngine

        return AnvilEngine(artifacts)
    if name == "eth-tester":
        return _eth_tester(artifacts)
    raise InputError(f"no engine {name}: there are {', '.join(ENGINES)}")


@contextmanager
def _pyrevm(artifacts: Artifacts) -> Iterator[Engine]:
    from offchain.steptest.engine_pyrevm import PyrevmEngine

    yield PyrevmEngine(artifacts)


@contextmanager
def _eth_tester(artifacts: Artifacts) -> Iterator[Engine]:
    from offchain.steptest.engine_eth_tester import EthTesterEngine

    yield EthTesterEngine(artifacts)
