"""What a whole dispute costs on L1: `python benchmarks/games.py [ARITY...]` prints the tables of docs/dispute-game.md.

For each arity and each size one game in case B is played with the real contracts on an anvil of its own, from the
opening to the step on chain: the sequencer lies about one step in the middle of the largest transaction of the middle
batch, and everything after it. Gas is that of the receipts.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from eth_abi.abi import encode

from offchain.batches.codec import encode_order
from offchain.batches.executor import PythonExecutor
from offchain.demo.network import private_anvil
from offchain.evm.calls import create_address
from offchain.evm.context import MemoryState
from offchain.evm.signing import address_of_key, sign_transaction
from offchain.game.games import Form, Game, Phase, Stage
from offchain.game.knowledge import Trace
from offchain.game.moves import Choose, Move
from offchain.game.players import GameView, challenger_move, sequencer_move
from offchain.game.rules import Rules
from offchain.hashing import keccak
from offchain.l1.orders import Order, genesis_hash
from offchain.l1.parameters import DEMO, Parameters
from offchain.l1.transport import HttpTransport
from offchain.node.config import ChainConfig
from offchain.node.genesis import Genesis
from offchain.proofs.execution_trace import execution_trace
from offchain.proofs.provers import Prover
from offchain.state.genesis import GenesisAccount
from offchain.steptest.assembly import assemble, push
from offchain.trees.paged_bytes import paged_root
from offchain.trees.sparse_merkle_tree import SparseMerkleTree
from tests.contracts.game.calldata import calldata
from tests.contracts.game.table import config_tuple
from tests.contracts.rollup.in_process import _selector, _types
from tests.support.solidity import compile_contract

ARITIES: Final = (2, 4, 16, 64)
KEY: Final = b"\x0b" * 32
SENDER: Final = address_of_key(KEY)
LOOP: Final = b"\x10" * 20
PAYEE: Final = b"\x9a" * 20
CONFIG: Final = ChainConfig(chain_id=2_607, base_fee=7, batch_gas_limit=60_000_000, batch_interval=1)
PARAMETERS: Final = replace(DEMO, move_time=1, clock=120)
SEQUENCER, CHALLENGER = "0x" + "5e" * 20, "0x" + "c4" * 20
CLAIMS: Final = 128
LIE: Final = b"lie"


@dataclass(frozen=True, slots=True)
class Size:
    """n - r, transactions of the disputed batch, steps of its longest one."""

    lag: int
    transactions: int
    steps: int


SIZES: Final = (Size(2, 1, 100), Size(64, 100, 100_000), Size(4096, 1000, 10_000_000))


class Truth:
    """An honest replay: every batch is empty but the middle one, `x`."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self.x = (size.lag + 1) // 2
        code = assemble(push(size.steps // 2_000 + 1, 3), "JUMPDEST", *["JUMPDEST"] * 1_990)
        code += assemble(1, "SWAP1", "SUB", "DUP1", push(4, 2), "JUMPI", "STOP")
        accounts = {SENDER: GenesisAccount(10**24), LOOP: GenesisAccount(0, 1, code)}
        genesis = Genesis(CONFIG, accounts)
        self.root = genesis.state_root()
        allocation = genesis.allocation()
        self._state = MemoryState(
            dict(allocation.accounts), dict(allocation.slots), dict(allocation.codes), dict(allocation.code)
        )
        self._tree = SparseMerkleTree(allocation.leaves())
        self.orders: list[Order] = []
        self._roots, self._diffs = [self.root], [bytes(32)]
        self._trace: Trace | None = None

    def data(self, batch: int) -> bytes:
        """T_n."""
        if batch != self.x:
            return encode_order([])
        transfers = [self._item(nonce, PAYEE, 21_000) for nonce in range(self.size.transactions - 1)]
        return encode_order([self._item(self.size.transactions - 1, LOOP, 1 << 24), *transfers][::-1])

    def _item(self, nonce: int, to: bytes, gas: int) -> bytes:
        return sign_transaction(
            KEY,
            chain_id=CONFIG.chain_id,
            nonce=nonce,
            to=to,
            gas_limit=gas,
            max_fee=20,
            max_priority_fee=1,
            value=0,
        )

    def apply(self, order: Order, data: bytes) -> None:
        """Go on by one batch."""
        context = CONFIG.context(order)
        if order.batch == self.x:
            state = self._state
            frozen = MemoryState(
                dict(state.accounts), dict(state.slots), dict(state.code_hashes), dict(state.codes)
            )
            self._trace = execution_trace(frozen, self._tree.copy(), context, data)
        diff = PythonExecutor().execute(self._state, context, data).diff
        self._state.accounts.update(diff.accounts)
        self._state.slots.update(diff.slots)
        self._tree.update({k: v if v != bytes(32) else None for k, v in diff.leaves().items()})
        self.orders.append(order)
        self._diffs.append(diff.root())
        self._roots.append(self._tree.root)

    def state_root(self, batch: int) -> bytes:
        return self._roots[batch]

    def diff_root(self, batch: int) -> bytes:
        return self._diffs[batch]

    def trace(self, form: Form, batch: int) -> Trace:
        assert form is Form.EXECUTION and batch == self.x and self._trace is not None
        return self._trace


class Lie:
    """The truth up to one step of batch x, and garbage from there on."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self.step = (1 << 24) * truth.size.transactions + truth.size.steps // 2

    def state_root(self, batch: int) -> bytes:
        root = self._truth.state_root(batch)
        return root if batch < self._truth.x else keccak(LIE + root)

    def diff_root(self, batch: int) -> bytes:
        root = self._truth.diff_root(batch)
        return keccak(LIE + root) if batch in (self._truth.x, self._truth.size.lag) else root

    def trace(self, form: Form, batch: int) -> Trace:
        return _LyingTrace(self._truth.trace(form, batch), self.step)  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class _LyingTrace:
    honest: Trace
    step: int

    def hashes(self, indices: Sequence[int]) -> list[bytes]:
        """See `Trace`."""
        known = self.honest.hashes(indices)
        return [h if i <= self.step else keccak(LIE + h) for i, h in zip(indices, known, strict=True)]


class Anvil:
    """Transactions of anybody, at times of our own."""

    def __init__(self, url: str) -> None:
        self.request = HttpTransport(url)
        self.time = int(self.request("eth_getBlockByNumber", ["latest", False])["timestamp"], 16)
        self.nonce = 0
        for account in (SEQUENCER, CHALLENGER):
            self.request("anvil_setBalance", [account, hex(10**30)])
            self.request("anvil_impersonateAccount", [account])

    def send(self, sender: str, to: str | None, data: bytes, value: int = 0) -> dict[str, Any]:
        """The receipt. Every transaction is a second later than the one before."""
        self.time += 1
        self.request("evm_setNextBlockTimestamp", [self.time])
        transaction = {"from": sender, "data": "0x" + data.hex(), "value": hex(value), "gas": hex(29_000_000)}
        if to is not None:
            transaction["to"] = to
        number = self.request("eth_sendTransaction", [transaction])
        receipt: dict[str, Any] | None = None
        while receipt is None:  # anvil mines beside the answer
            receipt = self.request("eth_getTransactionReceipt", [number])
        assert int(receipt["status"], 16), f"L1 refuses {data[:4].hex()}"
        return receipt

    def predict(self, ahead: int) -> str:
        """The address of the contract that is deployed after ``ahead`` others."""
        return "0x" + create_address(bytes.fromhex(SEQUENCER[2:]), self.nonce + ahead).hex()

    def deploy(self, name: str, *arguments: Any) -> str:
        """The address."""
        abi, creation = compile_contract(name)
        constructor: dict[str, Any] = next((e for e in abi if e["type"] == "constructor"), {"inputs": []})
        receipt = self.send(SEQUENCER, None, creation + encode(_types(constructor["inputs"]), arguments))
        self.nonce += 1
        return str(receipt["contractAddress"])

    def call(self, sender: str, name: str, to: str, function: str, *arguments: Any, value: int = 0) -> Any:
        """A transaction to a function of contract ``name``; the receipt."""
        entry = next(e for e in compile_contract(name)[0] if e.get("name") == function)
        self.nonce += sender == SEQUENCER
        data = _selector(entry) + encode(_types(entry["inputs"]), arguments)
        return self.send(sender, to, data, value)


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


@contextmanager
def an_anvil() -> Iterator[Anvil]:
    """A chain of its own."""
    with private_anvil() as url:
        l1 = Anvil(url)
        with closing(l1.request):
            yield l1


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
