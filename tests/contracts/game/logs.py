"""The log of the game: decoded, and every game rebuilt from nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from eth_abi.abi import decode

from offchain.game.games import Form, Game
from offchain.game.rules import Rules
from offchain.hashing import keccak
from tests.contracts.rollup.in_process import L1, _type
from tests.support.solidity import compile_contract

__all__ = ["Event", "game_of", "rebuild", "take_log"]

ENDS = ("SequencerLost", "ChallengerLost", "Refunded")


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the log with its arguments by name; addresses and hashes are bytes."""

    name: str
    arguments: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.arguments[name]


def take_log(l1: L1, address: str) -> list[Event]:
    """The events of the game in the last call."""
    return [_decoded(*log.data) for log in l1.evm.result.logs if log.address.lower() == address.lower()]


@cache
def _events() -> dict[bytes, tuple[str, list[tuple[str, str]], list[tuple[str, str]]]]:
    found = {}
    for entry in compile_contract("BisectionGame")[0]:
        if entry["type"] == "event":
            types = [(i["name"], _type(i), i["indexed"]) for i in entry["inputs"]]
            topic = keccak(f"{entry['name']}({','.join(kind for _, kind, _ in types)})".encode())
            indexed = [(name, kind) for name, kind, flag in types if flag]
            plain = [(name, kind) for name, kind, flag in types if not flag]
            found[topic] = entry["name"], indexed, plain
    return found


def _decoded(topics: list[bytes], data: bytes) -> Event:
    name, indexed, plain = _events()[bytes(topics[0])]
    values = [_topic(kind, bytes(topic)) for (_, kind), topic in zip(indexed, topics[1:], strict=True)]
    values += decode([kind for _, kind in plain], bytes(data))
    names = [name for name, _ in indexed + plain]
    return Event(name, dict(zip(names, map(_plain, values), strict=True)))


def _topic(kind: str, topic: bytes) -> bytes | int:
    return topic[12:] if kind == "address" else int.from_bytes(topic)


def _plain(value: Any) -> Any:
    """Addresses as bytes, all the way down."""
    if isinstance(value, str):
        return bytes.fromhex(value[2:])
    return tuple(map(_plain, value)) if isinstance(value, tuple) else value


def game_of(event: Event) -> Game:
    """The game that an opening tells."""
    return Game.from_tuple(event["game"])


def rebuild(events: Iterable[Event], rules: Rules) -> dict[int, Game]:
    """The games that go on behind these events; every hash on the way is the one that L1 told."""
    games: dict[int, Game] = {}
    for event in events:
        if event.name == "Withdrawn" or event.name == "StepProven":
            continue
        number = event["id"]
        if event.name in ENDS:
            del games[number]
            continue
        if event.name == "GameOpened":
            assert number not in games
            game = game_of(event)
            assert (game.id, game.challenger, game.disputed.serial) == (
                number,
                event["challenger"],
                event["serial"],
            )
        else:
            game = _moved(games[number], event, rules)
        assert game.hash() == event["gameHash"], event.name
        games[number] = game
    return games


def _moved(game: Game, event: Event, rules: Rules) -> Game:
    time = event["time"]
    match event.name:
        case "Agreed":
            return rules.agree(game, time)
        case "Objected":
            return rules.object(game, time, event["parentRoot"])
        case "Revealed":
            return rules.reveal(game, time, event["hashes"])
        case "Pointed":
            return rules.point(game, time, event["segment"], event["lowHash"], event["highHash"])
        case "FormChosen":
            return rules.choose(game, time, Form(event["form"]), event["diffRoot"], event["contextHash"])
    raise AssertionError(event.name)
