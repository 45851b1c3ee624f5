"""A node of L1 that has nothing but the log of a game contract, which plays by `Rules`; reorgs on demand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eth_abi.abi import encode

from offchain.errors import NetworkError
from offchain.game.games import Base, Disputed, Form, Game, Kind, Phase, Reason, Stage
from offchain.game.rules import Rules
from offchain.hashing import keccak
from offchain.l1.game_events import GAME_EVENTS
from offchain.l1.source import L1Block, L1Log

GAME = bytes.fromhex("00000000000000000000000000000000000000e5")
CHALLENGER = bytes.fromhex("00000000000000000000000000000000000000c4")
SEQUENCER = bytes.fromhex("00000000000000000000000000000000000000b2")
BOND = 1_000
RULES = Rules(arity=4, gas_limit=1 << 24)
_OPENED = keccak(b"opened()")[:4]


def word(number: int) -> bytes:
    return keccak(number.to_bytes(8))


def new_game(number: int, time: int, batch: int = 9) -> Game:
    """A dispute of claim ``batch`` over r = 0, before the answer."""
    disputed = Disputed(SEQUENCER, 1, batch, batch, word(1), word(2), word(3), Base(word(4), 0))
    return Game(
        id=number,
        kind=Kind.CLAIM,
        challenger=CHALLENGER,
        disputed=disputed,
        parent_root=word(5),
        phase=Phase.ANSWER,
        stage=Stage.BATCHES,
        form=Form.EXECUTION,
        batch=0,
        context_hash=word(6),
        low=0,
        high=batch - 1,
        low_hash=word(4),
        high_hash=bytes(32),
        vector_root=bytes(32),
        moved_at=time,
        sequencer_time=100,
        challenger_time=100,
    )


class FakeGames:
    """An `L1Source`; each call of `emit` is a block of one second. ``games`` are those that go on."""

    def __init__(self) -> None:
        self.branch = 0
        self.blocks = [self._block(0)]
        self.logs_of: list[list[L1Log]] = [[]]
        self.states: list[tuple[int, dict[int, Game]]] = [(0, {})]
        self.fails = 0
        self.moves_while_read = False

    # What tests do

    @property
    def now(self) -> int:
        return self.blocks[-1].timestamp + 1

    @property
    def games(self) -> dict[int, Game]:
        return dict(self.states[-1][1])

    def open(self) -> Game:
        opened, games = self.states[-1]
        game = new_game(opened + 1, self.now)
        data = [game.hash(), _abi(game.as_tuple())]
        self.emit(
            "GameOpened",
            [game.id, CHALLENGER, game.disputed.serial],
            data,
            opened + 1,
            games | {game.id: game},
        )
        return game

    def move(self, name: str, game: Game, *values: Any) -> Game:
        """A move that led to ``game``."""
        data = [game.hash(), game.moved_at, *values]
        self.emit(name, [game.id], data, self.states[-1][0], self.games | {game.id: game})
        return game

    def lose(self, game: Game) -> None:
        games = self.games
        del games[game.id]
        self.emit(
            "SequencerLost", [game.id, 1, CHALLENGER], [int(Reason.TIME_OUT)], self.states[-1][0], games
        )

    def emit(
        self, name: str, indexed: list[Any], others: list[Any], opened: int, games: dict[int, Game]
    ) -> None:
        kinds = GAME_EVENTS[name]
        block = self._block(len(self.blocks))
        topics = [keccak(f"{name}({','.join(kinds[0] + kinds[1])})".encode())]
        topics += [encode([kind], [value]) for kind, value in zip(kinds[0], indexed, strict=True)]
        log = L1Log(tuple(topics), encode(list(kinds[1]), others), block.number, block.hash, 0)
        self.blocks.append(block)
        self.logs_of.append([log])
        self.states.append((opened, games))

    def reorg(self, to: int) -> None:
        del self.blocks[to + 1 :], self.logs_of[to + 1 :], self.states[to + 1 :]
        self.branch += 1

    # L1Source

    def chain_id(self) -> int:
        return 1

    def block(self, number: int | None = None) -> L1Block | None:
        number = len(self.blocks) - 1 if number is None else number
        return self.blocks[number] if number < len(self.blocks) else None

    def code(self, address: bytes) -> bytes:
        return b"\0"

    def call(self, address: bytes, data: bytes, block: int) -> bytes:
        if self.fails:
            self.fails -= 1
            raise NetworkError("L1 node: no answer")
        opened, games = self.states[block]
        if data == _OPENED:
            return opened.to_bytes(32)
        number = int.from_bytes(data[4:])
        return games[number].hash() if number in games else bytes(32)

    def calls(self, address: bytes, data: Sequence[bytes], block: int) -> Sequence[bytes]:
        if self.moves_while_read:
            self.moves_while_read = False
            self.reorg(len(self.blocks) - 2)
            self.open()
            block = min(block, len(self.blocks) - 1)
        return [self.call(address, one, block) for one in data]

    def logs(
        self, address: bytes, topics: Sequence[bytes], first_block: int, last_block: int
    ) -> Sequence[L1Log]:
        return [log for logs in self.logs_of[first_block : last_block + 1] for log in logs]

    def _block(self, number: int) -> L1Block:
        return L1Block(number, keccak(f"{number} {self.branch}".encode()), 1_000 + number)


def _abi(value: Any) -> Any:
    """Addresses as the encoder wants them."""
    if isinstance(value, tuple):
        return tuple(_abi(item) for item in value)
    return "0x" + value.hex() if isinstance(value, bytes) and len(value) == 20 else value
