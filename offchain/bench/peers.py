"""The other EVMs, where their packages are installed. Imported late: they take seconds and are no dependency."""

from __future__ import annotations

from collections.abc import Callable

from offchain.bench.contender import Contender
from offchain.bench.workload import Workload
from offchain.errors import InputError

__all__ = ["peers"]


def peers() -> list[tuple[Contender, Callable[[Workload], int]]]:
    """Each with the number of items that it runs of a workload. Raises `InputError` where one is not installed."""
    try:
        from offchain.bench.eels import Eels
        from offchain.bench.py_evm import PyEvm
    except ModuleNotFoundError as error:
        raise InputError(
            f"{error.name} is not installed: run `make setup`, or leave it out: --no-peers"
        ) from None
    return [
        (PyEvm(), lambda workload: workload.py_evm_items),
        (Eels(), lambda workload: workload.eels_items),
    ]
