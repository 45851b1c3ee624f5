"""The events of BisectionGame as values, decoded strictly from logs.

The signatures repeat ``contracts/interfaces/IGameEvents.sol``; a test compares them with the compiled ABI.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from offchain.errors import NetworkError
from offchain.game.games import Form, Game, Reason
from offchain.hashing import keccak
from offchain.l1.source import L1Log

__all__ = [
    "GAME_EVENTS",
    "GAME_TOPICS",
    "Agreed",
    "ChallengerLost",
    "FormChosen",
    "GameEvent",
    "GameOpened",
    "Objected",
    "Pointed",
    "Refunded",
    "Revealed",
    "SequencerLost",
    "StepProven",
    "Withdrawn",
    "decode_game_event",
]


@dataclass(frozen=True, slots=True)
class GameOpened:
    """A game began; ``game`` is its whole content."""

    id: int
    challenger: bytes
    serial: int
    game_hash: bytes
    game: Game


@dataclass(frozen=True, slots=True)
class Agreed:
    """The sequencer has the challenger's h(S_{n-1})."""

    id: int
    game_hash: bytes
    time: int


@dataclass(frozen=True, slots=True)
class Objected:
    """The sequencer has another h(S_{n-1})."""

    id: int
    game_hash: bytes
    time: int
    parent_root: bytes


@dataclass(frozen=True, slots=True)
class Revealed:
    """The inner hashes of the range."""

    id: int
    game_hash: bytes
    time: int
    hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Pointed:
    """The segment whose start the challenger accepts and whose end it denies."""

    id: int
    game_hash: bytes
    time: int
    segment: int
    low_hash: bytes
    high_hash: bytes


@dataclass(frozen=True, slots=True)
class FormChosen:
    """The trace of stage two. ``diff_root`` is the standing h(D) of its batch."""

    id: int
    game_hash: bytes
    time: int
    form: Form
    diff_root: bytes
    context_hash: bytes


@dataclass(frozen=True, slots=True)
class StepProven:
    """The last step: what the verifier answers, and what the sequencer had claimed."""

    id: int
    state_hash: bytes
    next_state_hash: bytes
    claimed_hash: bytes


@dataclass(frozen=True, slots=True)
class SequencerLost:
    """The term is over by this game."""

    id: int
    term: int
    challenger: bytes
    reason: Reason


@dataclass(frozen=True, slots=True)
class ChallengerLost:
    """The bond is gone."""

    id: int
    challenger: bytes
    sequencer: bytes
    reason: Reason
    reward: int
    burnt: int


@dataclass(frozen=True, slots=True)
class Refunded:
    """A void game gave its bond back."""

    id: int
    challenger: bytes
    bond: int


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Credit was paid out."""

    account: bytes
    amount: int


GameEvent: TypeAlias = (
    GameOpened
    | Agreed
    | Objected
    | Revealed
    | Pointed
    | FormChosen
    | StepProven
    | SequencerLost
    | ChallengerLost
    | Refunded
    | Withdrawn
)

_DISPUTED: Final = "(address,uint64,uint64,uint64,bytes32,bytes32,bytes32,(bytes32,uint64))"
_GAME: Final = (
    f"(uint64,uint8,address,{_DISPUTED},bytes32,uint8,uint8,uint8,uint64,bytes32,uint64,uint64,"
    "bytes32,bytes32,bytes32,uint64,uint32,uint32)"
)

GAME_EVENTS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "GameOpened": (("uint256", "address", "uint256"), ("bytes32", _GAME)),
    "Agreed": (("uint256",), ("bytes32", "uint64")),
    "Objected": (("uint256",), ("bytes32", "uint64", "bytes32")),
    "Revealed": (("uint256",), ("bytes32", "uint64", "bytes32[]")),
    "Pointed": (("uint256",), ("bytes32", "uint64", "uint256", "bytes32", "bytes32")),
    "FormChosen": (("uint256",), ("bytes32", "uint64", "uint8", "bytes32", "bytes32")),
    "StepProven": (("uint256",), ("bytes32", "bytes32", "bytes32")),
    "SequencerLost": (("uint256", "uint256", "address"), ("uint8",)),
    "ChallengerLost": (("uint256", "address", "address"), ("uint8", "uint256", "uint256")),
    "Refunded": (("uint256", "address"), ("uint256",)),
    "Withdrawn": (("address",), ("uint256",)),
}
"""Name -> (types of the indexed fields, types of the others), in the order of the signature."""

_CLASSES: Final[Mapping[str, type[GameEvent]]] = {
    event.__name__: event
    for event in (
        *(GameOpened, Agreed, Objected, Revealed, Pointed, FormChosen),
        *(StepProven, SequencerLost, ChallengerLost, Refunded, Withdrawn),
    )
}

_NAMES: Final = {
    keccak(f"{name}({','.join(indexed + others)})".encode()): name
    for name, (indexed, others) in GAME_EVENTS.items()
}
GAME_TOPICS: Final = tuple(_NAMES)
"""The first topics of all events."""


def decode_game_event(log: L1Log) -> GameEvent:
    """The event in a log; raises `NetworkError` where it is none."""
    name = _NAMES.get(log.topics[0]) if log.topics else None
    if name is None:
        raise NetworkError(f"L1 node: a log of block {log.block_number} is no event of the game")
    indexed, others = GAME_EVENTS[name]
    try:
        if len(log.topics) != len(indexed) + 1:
            raise ValueError("wrong number of topics")
        values = [decode([kind], topic)[0] for kind, topic in zip(indexed, log.topics[1:], strict=True)]
        values += decode(others, log.data)
        return _CLASSES[name](*_typed(name, [_plain(value) for value in values]))
    except (DecodingError, ValueError, OverflowError) as error:
        raise NetworkError(f"L1 node: a log of block {log.block_number} is no {name}") from error


def _typed(name: str, values: list[Any]) -> list[Any]:
    """Enumerations and the game in their own types; ValueError where a number names nothing."""
    if name == "GameOpened":
        values[4] = Game.from_tuple(values[4])
    elif name == "FormChosen":
        values[3] = Form(values[3])
    elif name in ("SequencerLost", "ChallengerLost"):
        values[3] = Reason(values[3])
    return values


def _plain(value: Any) -> Any:
    """Addresses, the one kind of text there is, as 20 bytes."""
    if isinstance(value, str):
        return bytes.fromhex(value[2:])
    return tuple(_plain(item) for item in value) if isinstance(value, tuple) else value
