"""Reading the games from L1: their events only, compared with the hashes that the contract keeps."""

from __future__ import annotations

from typing import Final

from offchain.errors import InputError, NetworkError
from offchain.game.rules import Rules
from offchain.hashing import keccak
from offchain.l1.deployment import Deployment
from offchain.l1.game_events import GAME_TOPICS, decode_game_event
from offchain.l1.games import GameBook
from offchain.l1.log_book import LogBook, is_on_chain
from offchain.l1.source import L1Block, L1Log, L1Source
from offchain.l1.watcher import ChainMovedError

__all__ = ["GameWatcher", "watch_games"]

_WORD: Final = 32
_OPENED: Final = keccak(b"opened()")[:4]
_GAME_HASH: Final = keccak(b"gameHash(uint256)")[:4]


class GameWatcher:
    """The games of the contract at the 20-byte ``address``, whose first event is not before ``first_block``.

    ``bond``: wei, of each challenger.
    """

    def __init__(
        self, source: L1Source, address: bytes, rules: Rules, bond: int, first_block: int = 0
    ) -> None:
        self.source = source
        self.address = address
        self.rules = rules
        self.bond = bond
        self._log: LogBook[GameBook] = LogBook(
            source, address, GAME_TOPICS, first_block, lambda: GameBook(rules, bond), _apply
        )

    def book(self, head: L1Block) -> GameBook:
        """The games as they stand after block ``head`` of L1.

        Raises `ChainMovedError` where that block is gone, and `NetworkError` where L1 fails or contradicts itself.
        """
        try:
            book = self._log.at(head)
            self._compare(book, head)
        except NetworkError as error:
            self._log.forget()
            if not is_on_chain(self.source, head.number, head.hash):
                raise ChainMovedError("L1 was reorganized while it was read") from error
            raise
        return book

    def _compare(self, book: GameBook, head: L1Block) -> None:
        """The number of games, and the hash of each that goes on: a move that is kept from us costs the game."""
        going_on = book.going_on()
        requests = [_OPENED, *(_GAME_HASH + record.game.id.to_bytes(_WORD) for record in going_on)]
        answers = self.source.calls(self.address, requests, head.number)
        if not is_on_chain(self.source, head.number, head.hash):
            raise ChainMovedError("L1 was reorganized while it was read")
        if any(len(answer) != _WORD for answer in answers):
            raise NetworkError(f"the contract at 0x{self.address.hex()} is no game of ours")
        opened = int.from_bytes(answers[0])
        if opened != len(book.games):
            raise NetworkError(
                f"the L1 node contradicts itself: events give {len(book.games)} games, the contract {opened}"
            )
        for record, answer in zip(going_on, answers[1:], strict=True):
            if answer != record.game.hash():
                raise NetworkError(
                    f"the L1 node contradicts itself: the contract has another hash of game {record.game.id}"
                )


def watch_games(
    source: L1Source, deployment: Deployment, gas_limit: int, rules: Rules | None = None
) -> GameWatcher:
    """The games of a deployment; ``gas_limit`` is G_b of its chain. Raises `InputError` where it has no game."""
    if not deployment.verifier:
        raise InputError(f"the rollup at {deployment.rollup} was deployed without a game")
    parameters = deployment.parameters
    if rules is None:
        rules = Rules(parameters.arity, gas_limit)
    address = bytes.fromhex(deployment.game.removeprefix("0x"))
    return GameWatcher(source, address, rules, parameters.challenger_bond, deployment.block)


def _apply(book: GameBook, log: L1Log) -> None:
    book.apply(decode_game_event(log))
