"""The calldata of the moves, put together by hand: a hundred thousand of them are no wait for a general encoder."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from offchain.game.games import Game, _flat, _word
from offchain.game.moves import Agree, Choose, Move, Object, Point, ProveStep, Refund, Reveal, TimeOut
from offchain.game.vectors import Opening
from offchain.hashing import keccak
from offchain.l1.orders import Order

__all__ = ["account_call", "calldata", "id_call"]

GAME = (
    "(uint64,uint8,address,(address,uint64,uint64,uint64,bytes32,bytes32,bytes32,(bytes32,uint64)),bytes32,"
    "uint8,uint8,uint8,uint64,bytes32,uint64,uint64,bytes32,bytes32,bytes32,uint64,uint32,uint32)"
)
GAME_WORDS = 26
OPENING = "(bytes32,bytes32[])"
ORDER = "(bytes32,uint64,bytes32,uint32,uint64,bytes32,address)"


@cache
def selector(name: str, *types: str) -> bytes:
    """The first four bytes of a call."""
    return keccak(f"{name}({','.join(types)})".encode())[:4]


def id_call(name: str, number: int) -> bytes:
    """A view of a number."""
    return selector(name, "uint256") + number.to_bytes(32)


def account_call(name: str, account: str) -> bytes:
    """A view of an account."""
    return selector(name, "address") + bytes.fromhex(account[2:]).rjust(32, b"\0")


def calldata(game: Game, move: Move, order: Order | None = None) -> bytes:
    """What is sent to the contract; a choice takes the order besides."""
    struct = _words(_flat(game.as_tuple()))
    match move:
        case Agree():
            return selector("agree", GAME) + struct
        case Object(parent_root):
            return selector("object", GAME, "bytes32") + struct + parent_root
        case Reveal(hashes):
            tail = _words([(GAME_WORDS + 1) * 32, len(hashes), *hashes])
            return selector("reveal", GAME, "bytes32[]") + struct + tail
        case Point(segment, start, end):
            first = (GAME_WORDS + 3) * 32
            head = _words([segment, first, first + 96 + 32 * len(start.siblings)])
            tail = _opening(start) + _opening(end)
            return selector("point", GAME, "uint256", OPENING, OPENING) + struct + head + tail
        case Choose(form, _, diff_root):
            assert order is not None
            words = _words([form, *order.as_tuple(), diff_root])
            return selector("choose", GAME, "uint8", ORDER, "bytes32") + struct + words
        case ProveStep(witness):
            tail = _words([(GAME_WORDS + 1) * 32, len(witness)]) + witness + bytes(-len(witness) % 32)
            return selector("proveStep", GAME, "bytes") + struct + tail
        case TimeOut():
            return selector("timeOut", GAME) + struct
        case Refund():
            return selector("refund", GAME) + struct


def _opening(opening: Opening) -> bytes:
    return opening.hash + _words([64, len(opening.siblings), *opening.siblings])


def _words(values: Sequence[int | bytes]) -> bytes:
    return b"".join([_word(value) for value in values])
