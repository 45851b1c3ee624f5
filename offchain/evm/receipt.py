"""What the executor reports of each item. Receipts are not committed: they are for people and tools."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Log", "Receipt", "Status"]


@dataclass(frozen=True, slots=True)
class Log:
    """A log as EVM events know it; each topic has 32 bytes."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes


class Status(StrEnum):
    """What became of an item."""

    SUCCESS = "success"
    FAILURE = "failure"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The fate of one item of an order.

    ``reason``: for a skipped item the rule that it broke, for a failure "reverted" or the exceptional halt.
    ``contract_address``: of a creation, also of a failed one. ``output``: what the top frame returned.
    """

    status: Status
    reason: str
    hash: bytes
    sender: bytes
    gas_used: int
    contract_address: bytes | None
    logs: tuple[Log, ...]
    output: bytes
