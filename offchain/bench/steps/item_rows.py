"""The step that reads an item: the largest ones, with whatever is dear to read in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, Final

from offchain.bench.steps.arenas import OTHER
from offchain.bench.steps.deep_machine import CONTEXT_OF_ALL, ETHER, GAS_LIMIT, KEY, SENDER, Stage
from offchain.bench.steps.phase_rows import at_phase, in_the_middle
from offchain.bench.steps.row import Row, candidate
from offchain.conformance.case import Account
from offchain.evm.code import delegation_to
from offchain.evm.items import MAX_ITEM_SIZE
from offchain.evm.phase import Phase
from offchain.evm.rlp import Encodable, encode
from offchain.evm.signing import sign_digest
from offchain.hashing import keccak

__all__ = ["item_rows"]

_ROOM: Final = MAX_ITEM_SIZE - 400  # what the other fields leave
_ADDRESS: Final = b"\x11" * 20
_KEY: Final = b"\x22" * 32
_FULL: Final[Encodable] = [b"\x01" * 8, _ADDRESS, b"\x01" * 8, 1, b"\x01" * 32, b"\x01" * 32]
_SHORT: Final[Encodable] = [1, _ADDRESS, 1, 1, 1, 1]
_KEYED: Final[Encodable] = [_ADDRESS, [_KEY]]
#: A transaction of 2^24 gas can't pay for more tuples than the first; more than the second are not looked at.
_PAID, _READ = 660, 672


def item_rows() -> Iterator[Row]:
    """Each kind of content in a row of its own."""
    for content, make in _CONTENTS.items():
        yield Row(
            f"ITEM, {content}", "phases", (candidate("96 KiB in one item", partial(_stage, make), _second),)
        )
    small = candidate("the sender has a delegate", partial(_stage, _signed), _second)
    yield Row("ITEM, a transfer", "phases", (small,))


def _second() -> Any:
    return at_phase(Phase.ITEM, 1)


def _stage(make: Callable[[], bytes]) -> Stage:
    raw = make()
    sender = {SENDER: Account(7, 1 << 150, delegation_to(OTHER))}
    stage = Stage.of(sender, addresses=(OTHER,))
    return replace(stage, data=in_the_middle(raw, len(raw) // 2))


def _signed(**changes: Encodable) -> bytes:
    """An item of type 4 with some fields replaced by name."""
    fields: dict[str, Encodable] = {
        "chain_id": CONTEXT_OF_ALL.chain_id,
        "nonce": 7,
        "tip": 0x0A2B3C4D5E,
        "fee": 0x2A2B3C4D5E,
        "gas": GAS_LIMIT,
        "to": OTHER,
        "value": ETHER,
        "data": b"",
        "access_list": [],
        "authorizations": [_FULL],
    }
    content: list[Encodable] = list((fields | changes).values())
    digest = keccak(b"\x04" + encode(content))
    return b"\x04" + encode([*content, *sign_digest(digest, KEY)])


def _as_many(entry: Encodable, room: int = _ROOM) -> list[Encodable]:
    return [entry] * (room // len(encode(entry)))


_CONTENTS: Final[dict[str, Callable[[], bytes]]] = {
    "data without zeros": lambda: _signed(data=b"\x11" * _ROOM),
    "data of zeros": lambda: _signed(data=bytes(_ROOM)),
    "addresses": lambda: _signed(access_list=_as_many([_ADDRESS, []])),
    "keys of one address": lambda: _signed(access_list=[[_ADDRESS, _as_many(_KEY)]]),
    "a key for each address": lambda: _signed(access_list=_as_many(_KEYED)),
    "more tuples than gas pays for": lambda: _signed(authorizations=_as_many(_SHORT)),
    "as many tuples as gas pays for": lambda: _signed(authorizations=[_FULL] * _PAID),
    "tuples and a key for each address": lambda: _signed(
        authorizations=[_SHORT] * _READ,
        access_list=_as_many(_KEYED, _ROOM - _READ * len(encode(_SHORT))),
    ),
    "one-byte fields": lambda: b"\x04\xfa" + (_ROOM - 5).to_bytes(3, "big") + b"\x01" * (_ROOM - 5),
    "empty lists": lambda: _signed(access_list=[[]] * _ROOM),
}
