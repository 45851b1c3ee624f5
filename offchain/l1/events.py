"""The events of RollupManager as values, decoded strictly from logs. They are all that a node reads of L1.

The signatures repeat ``contracts/interfaces/IRollupEvents.sol``; a test compares them with the compiled ABI.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from offchain.errors import NetworkError
from offchain.hashing import keccak
from offchain.l1.source import L1Log

__all__ = [
    "CLAIM_TOPICS",
    "EVENTS",
    "GENESIS_TOPIC",
    "ORDER_TOPIC",
    "BatchesClaimed",
    "BatchesFinalized",
    "ClaimEvent",
    "ClaimsDeleted",
    "OrderAppended",
    "RetirementBegan",
    "SequencerSlashed",
    "StateClaimDeleted",
    "StateClaimed",
    "StateFinalized",
    "TermBegan",
    "TermEnded",
    "decode_claim_event",
    "decode_order",
]


@dataclass(frozen=True, slots=True)
class OrderAppended:
    """Order ``batch`` is fixed for ever; ``data`` is T_n. The block is the one of L1 that holds it."""

    batch: int
    order_hash: bytes
    term: int
    data_root: bytes
    timestamp: int
    prevrandao: bytes
    coinbase: bytes
    data: bytes
    block_number: int
    block_hash: bytes


@dataclass(frozen=True, slots=True)
class BatchesClaimed:
    """Batches from ``first_batch`` on were claimed; their serials run from ``first_serial`` up."""

    first_batch: int
    term: int
    first_serial: int
    time: int
    diff_roots: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class BatchesFinalized:
    """The claims of these batches are final."""

    first_batch: int
    last_batch: int


@dataclass(frozen=True, slots=True)
class ClaimsDeleted:
    """All claims of these batches went with their term."""

    term: int
    first_batch: int
    last_batch: int


@dataclass(frozen=True, slots=True)
class StateClaimed:
    """h(S_batch) was claimed."""

    batch: int
    term: int
    serial: int
    time: int
    state_root: bytes


@dataclass(frozen=True, slots=True)
class StateFinalized:
    """``batch`` is the new r."""

    batch: int
    serial: int
    state_root: bytes


@dataclass(frozen=True, slots=True)
class StateClaimDeleted:
    """The pending state claim went with its term."""

    batch: int
    term: int
    serial: int


@dataclass(frozen=True, slots=True)
class TermBegan:
    """``sequencer`` put down the whole stake."""

    term: int
    sequencer: bytes
    stake: int


@dataclass(frozen=True, slots=True)
class RetirementBegan:
    """The sequencer may only defend from now on."""

    term: int
    caller: bytes


@dataclass(frozen=True, slots=True)
class TermEnded:
    """The term is over, the stake is credited."""

    term: int
    sequencer: bytes
    stake: int


@dataclass(frozen=True, slots=True)
class SequencerSlashed:
    """The term is over by a verdict."""

    term: int
    sequencer: bytes
    winner: bytes
    reward: int
    burnt: int


ClaimEvent: TypeAlias = (
    BatchesClaimed
    | BatchesFinalized
    | ClaimsDeleted
    | StateClaimed
    | StateFinalized
    | StateClaimDeleted
    | TermBegan
    | RetirementBegan
    | TermEnded
    | SequencerSlashed
)

EVENTS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "OrderAppended": (
        ("uint256", "bytes32", "uint256"),
        ("bytes32", "uint64", "bytes32", "address", "bytes"),
    ),
    "BatchesClaimed": (("uint256", "uint256"), ("uint256", "uint64", "bytes32[]")),
    "BatchesFinalized": (("uint256",), ("uint256",)),
    "ClaimsDeleted": (("uint256",), ("uint256", "uint256")),
    "StateClaimed": (("uint256", "uint256", "uint256"), ("uint64", "bytes32")),
    "StateFinalized": (("uint256", "uint256"), ("bytes32",)),
    "StateClaimDeleted": (("uint256", "uint256", "uint256"), ()),
    "TermBegan": (("uint256", "address"), ("uint256",)),
    "RetirementBegan": (("uint256", "address"), ()),
    "TermEnded": (("uint256", "address"), ("uint256",)),
    "SequencerSlashed": (("uint256", "address", "address"), ("uint256", "uint256")),
}
"""Name -> (types of the indexed fields, types of the others), in the order of the signature."""

_CLASSES: Final[Mapping[str, type[ClaimEvent]]] = {
    event.__name__: event
    for event in (
        BatchesClaimed,
        BatchesFinalized,
        ClaimsDeleted,
        StateClaimed,
        StateFinalized,
        StateClaimDeleted,
        TermBegan,
        RetirementBegan,
        TermEnded,
        SequencerSlashed,
    )
}


def _topic(name: str) -> bytes:
    indexed, others = EVENTS[name]
    return keccak(f"{name}({','.join(indexed + others)})".encode())


ORDER_TOPIC: Final = _topic("OrderAppended")
GENESIS_TOPIC: Final = keccak(b"GenesisCommitted(bytes32,bytes32,bytes32,address)")
"""Of the constructor's event. Its fields are compared by views, so only its block is looked at."""

_NAMES: Final = {_topic(name): name for name in _CLASSES}
CLAIM_TOPICS: Final = tuple(_NAMES)
"""The first topics of all events but the orders'."""


def decode_order(log: L1Log) -> OrderAppended:
    """An order; raises `NetworkError` where the log is none."""
    values: tuple[Any, ...] = (*_fields("OrderAppended", log), log.block_number, log.block_hash)
    return OrderAppended(*values)


def decode_claim_event(log: L1Log) -> ClaimEvent:
    """Any other event; raises `NetworkError` where the log is none of them."""
    name = _NAMES.get(log.topics[0])
    if name is None:
        raise NetworkError(f"L1 node: a log of block {log.block_number} is no event of the rollup")
    return _CLASSES[name](*_fields(name, log))


def _fields(name: str, log: L1Log) -> list[Any]:
    indexed, others = EVENTS[name]
    try:
        if len(log.topics) != len(indexed) + 1:
            raise ValueError("wrong number of topics")
        values = [decode([kind], topic)[0] for kind, topic in zip(indexed, log.topics[1:], strict=True)]
        values += decode(others, log.data)
    except (DecodingError, ValueError, OverflowError) as error:
        raise NetworkError(f"L1 node: a log of block {log.block_number} is no {name}") from error
    kinds = indexed + others
    return [bytes.fromhex(v[2:]) if kind == "address" else v for kind, v in zip(kinds, values, strict=True)]
