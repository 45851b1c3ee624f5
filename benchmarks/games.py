"""What a whole dispute costs on L1: the tables of docs/dispute-game.md.

Run as `PYTHONPATH=. .venv/bin/python benchmarks/games.py [ARITY...]`.

For each arity and each size one game in case B is played with the real contracts on an anvil of its own, from the
opening to the step on chain: the sequencer lies about one step in the middle of the largest transaction of the middle
batch, and everything after it. Gas is that of the receipts.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from benchmarks.game_batches import CONFIG, Lie, Size, Truth
from benchmarks.game_l1 import CHALLENGER, SEQUENCER, Anvil, an_anvil
from offchain.game.games import Game, Phase, Stage
from offchain.game.moves import Choose, Move
from offchain.game.players import GameView, challenger_move, sequencer_move
from offchain.game.rules import Rules
from offchain.l1.orders import Order, genesis_hash
from offchain.l1.parameters import DEMO, Parameters
from offchain.proofs.provers import Prover
from offchain.trees.paged_bytes import paged_root
from tests.contracts.game.calldata import calldata
from tests.contracts.game.table import config_tuple

ARITIES: Final = (2, 4, 16, 64)
PARAMETERS: Final = replace(DEMO, move_time=1, clock=120)
CLAIMS: Final = 128
SIZES: Final = (Size(2, 1, 100), Size(64, 100, 100_000), Size(4096, 1000, 10_000_000))


@dataclass(frozen=True, slots=True)
class Row:
    """A game that was played. gas: of each move in all, and how many of it there were."""

    arity: int
    size: Size
    rounds: int
    gas: dict[str, tuple[int, int]]

    def line(self) -> str:
        """Of the table."""
        sequencer = sum(self.gas[name][0] for name in ("Object", "Reveal"))
        challenger = sum(self.gas[name][0] for name in ("open", "Point", "Choose", "ProveStep"))
        single = [
            f"{self.gas[name][0] // self.gas[name][1]:,}"
            for name in ("open", "Object", "Reveal", "Point", "Choose", "ProveStep")
        ]
        size = f"{self.size.lag:,}, {self.size.transactions:,}, {self.size.steps:,}"
        cells = [
            str(self.arity),
            size,
            str(self.rounds),
            *single,
            *(f"{g:,}" for g in (sequencer, challenger, sequencer + challenger)),
        ]
        return f"| {' | '.join(cells)} |"


class Dispute:
    """A rollup on an anvil, and the one game on it."""

    def __init__(self, l1: Anvil, arity: int, size: Size) -> None:
        self.l1, self.size = l1, size
        self.parameters: Parameters = replace(PARAMETERS, arity=arity)
        self.truth = Truth(size)
        self.lie = Lie(self.truth)
        self.rules = Rules(arity, CONFIG.batch_gas_limit)
        self.gas: Counter[str] = Counter()
        self.count: Counter[str] = Counter()
        precompiles = l1.deploy("PrecompileProver")
        takers = (Prover.TRANSACTION, Prover.CALL)
        provers = [
            l1.deploy(f"{p.name.capitalize()}Prover", *([precompiles] if p in takers else [])) for p in Prover
        ]
        verifier = l1.deploy("OneStepVerifier", provers, precompiles)
        self.rollup = l1.deploy(
            "RollupManager", self.parameters.as_tuple(), l1.predict(1), self.truth.root, CONFIG.hash()
        )
        self.game = l1.deploy("BisectionGame", self.rollup, verifier, config_tuple(CONFIG))

    def claim(self) -> None:
        """All orders and all claims."""
        l1, head = self.l1, genesis_hash(CONFIG.hash(), self.truth.root)
        stake = self.parameters.stake
        l1.call(SEQUENCER, "RollupManager", self.rollup, "beginTerm", value=stake)
        for batch in range(1, self.size.lag + 1):
            data = self.truth.data(batch)
            block = l1.request("eth_getBlockByNumber", ["latest", False])
            number, prevrandao = int(block["number"], 16), bytes.fromhex(block["hash"][2:])
            coinbase = bytes.fromhex(SEQUENCER[2:])
            order = Order(head, batch, paged_root(data), len(data), l1.time, prevrandao, coinbase)
            context = (order.timestamp, number, prevrandao, coinbase)
            l1.call(SEQUENCER, "RollupManager", self.rollup, "append", head, context, data)
            head = order.hash()
            self.truth.apply(order, data)
        for first in range(1, self.size.lag + 1, CLAIMS):
            last = min(first + CLAIMS - 1, self.size.lag)
            roots = [self.lie.diff_root(batch) for batch in range(first, last + 1)]
            order_hash = self.truth.orders[last - 1].hash()
            l1.call(SEQUENCER, "RollupManager", self.rollup, "claim", first, order_hash, first - 1, roots)

    def play(self) -> Row:
        """From the opening to the verdict."""
        game, vector, rounds = self._open(), (), 0
        while True:
            high = game.high if game.stage is Stage.BATCHES else game.batch
            diff = self.lie.diff_root(high)
            view = GameView(game, vector, self.l1.time, True, 0, diff, self.parameters.arity)
            by_sequencer = game.phase in (Phase.ANSWER, Phase.REVEAL)
            own = self.lie if by_sequencer else self.truth
            move = (sequencer_move if by_sequencer else challenger_move)(view, own)
            assert move is not None
            self._make(game, move)
            rounds += game.phase is Phase.REVEAL
            if game.phase is Phase.STEP:
                break
            vector = getattr(move, "hashes", ())
            game = self._after(game, move)
        return Row(
            self.parameters.arity,
            self.size,
            rounds,
            {name: (gas, self.count[name]) for name, gas in self.gas.items()},
        )

    def _open(self) -> Game:
        order = self.truth.orders[-1]
        receipt = self.l1.call(
            CHALLENGER,
            "BisectionGame",
            self.game,
            "openClaimGame",
            order.as_tuple(),
            self.size.lag,
            self.lie.diff_root(order.batch),
            self.truth.state_root(order.batch - 1),
            value=self.parameters.challenger_bond,
        )
        self._count("open", receipt)
        from offchain.l1.game_events import GameOpened, decode_game_event
        from offchain.l1.source import L1Log

        log = receipt["logs"][-1]
        event = decode_game_event(
            L1Log(
                block_number=0,
                block_hash=bytes(32),
                topics=tuple(bytes.fromhex(t[2:]) for t in log["topics"]),
                data=bytes.fromhex(log["data"][2:]),
                index=0,
            )
        )
        assert isinstance(event, GameOpened)
        return event.game

    def _make(self, game: Game, move: Move) -> None:
        order = self.truth.orders[move.batch - 1] if isinstance(move, Choose) else None
        sender = SEQUENCER if game.phase in (Phase.ANSWER, Phase.REVEAL) else CHALLENGER
        self._count(type(move).__name__, self.l1.send(sender, self.game, calldata(game, move, order)))

    def _after(self, game: Game, move: Any) -> Game:
        now = self.l1.time
        match type(move).__name__:
            case "Object":
                return self.rules.object(game, now, move.parent_root)
            case "Reveal":
                return self.rules.reveal(game, now, move.hashes)
            case "Point":
                return self.rules.point(game, now, move.segment, move.start.hash, move.end.hash)
        context = self.truth.trace(move.form, move.batch).context_hash  # type: ignore[attr-defined]
        return self.rules.choose(game, now, move.form, self.lie.diff_root(move.batch), context)

    def _count(self, name: str, receipt: dict[str, Any]) -> None:
        self.gas[name] += int(receipt["gasUsed"], 16)
        self.count[name] += 1


def main(arities: Sequence[int]) -> None:
    """Print the table."""
    print(
        "| k | n - r, transactions, steps | rounds | open | object | reveal | point | choose | step |", end=""
    )
    print(" sequencer | challenger | game |\n" + "|---" * 12 + "|")
    for size in SIZES:
        for arity in arities:
            with an_anvil() as l1:
                dispute = Dispute(l1, arity, size)
                dispute.claim()
                print(dispute.play().line(), flush=True)


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or ARITIES)
