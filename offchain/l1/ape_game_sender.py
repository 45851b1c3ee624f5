"""Sending to BisectionGame through an account of ape."""

from __future__ import annotations

from typing import Any, Final

from ape.api import AccountAPI
from ape.contracts import ContractInstance
from ape.exceptions import ApeException, ContractLogicError

from offchain.errors import NetworkError
from offchain.game.games import Game
from offchain.game.moves import Agree, Choose, Move, Object, Point, ProveStep, Refund, Reveal, TimeOut
from offchain.l1.game_sender import AlreadyDone
from offchain.l1.orders import Order
from offchain.l1.refusals import name_and_values
from offchain.l1.sender import Sent

__all__ = ["ApeGameSender"]

_ALREADY_DONE: Final = frozenset(
    {
        "BisectionGame_ClaimDiffers",
        "BisectionGame_GameChanged",
        "BisectionGame_GameIsVoid",
        "BisectionGame_GameIsLive",
        "BisectionGame_NothingOwed",
        "RollupManager_ClaimAbsent",
        "RollupManager_StateSerialDiffers",
    }
)
"""What the contracts answer where the game, the claim or the credit that is meant is not there (any more)."""


class ApeGameSender:
    """A `GameSender`."""

    def __init__(self, game: ContractInstance, account: AccountAPI) -> None:
        self._game = game
        self._account = account

    def open_claim_game(
        self, order: Order, serial: int, diff_root: bytes, parent_root: bytes, bond: int
    ) -> Sent:
        """See `GameSender.open_claim_game`."""
        return self._send("openClaimGame", order.as_tuple(), serial, diff_root, parent_root, value=bond)

    def open_state_game(self, serial: int, state_root: bytes, bond: int) -> Sent:
        """See `GameSender.open_state_game`."""
        return self._send("openStateGame", serial, state_root, value=bond)

    def make(self, game: Game, move: Move, order: Order | None = None) -> Sent:
        """See `GameSender.make`."""
        function, *arguments = _call(move, order)
        return self._send(function, game.as_tuple(), *arguments)

    def withdraw(self, account: bytes) -> Sent:
        """See `GameSender.withdraw`."""
        return self._send("withdraw", account)

    def _send(self, function: str, *arguments: Any, **options: Any) -> Sent:
        try:
            call = getattr(self._game, function)
            # A move that L1 drops again is due again: waiting for confirmations would only cost the clock.
            options["required_confirmations"] = 0
            receipt = call(*[_plain(value) for value in arguments], sender=self._account, **options)
        except ContractLogicError as error:
            name, words = name_and_values(error, self._game)
            kind = AlreadyDone if name in _ALREADY_DONE else NetworkError
            raise kind(f"L1 refuses {function}: {words}") from error
        except ApeException as error:
            raise NetworkError(f"{function} did not reach L1: {' '.join(str(error).split())}") from error
        return Sent(int(receipt.block_number), int(receipt.gas_used))


def _call(move: Move, order: Order | None) -> tuple[Any, ...]:
    """The contract's function and its arguments behind the game."""
    match move:
        case Agree():
            return ("agree",)
        case Object():
            return "object", move.parent_root
        case Reveal():
            return "reveal", list(move.hashes)
        case Point():
            return "point", move.segment, move.start.as_tuple(), move.end.as_tuple()
        case Choose():
            if order is None or order.batch != move.batch:
                raise NetworkError(f"the choice of a trace needs the order of batch {move.batch}")
            return "choose", int(move.form), order.as_tuple(), move.diff_root
        case ProveStep():
            return "proveStep", move.witness
        case TimeOut():
            return ("timeOut",)
        case Refund():
            return ("refund",)


def _plain(value: Any) -> Any:
    """Addresses as hex, as ape wants them, all else as it is."""
    if isinstance(value, bytes) and len(value) == 20:
        return "0x" + value.hex()
    if isinstance(value, tuple | list):
        return type(value)([_plain(item) for item in value])
    return value
