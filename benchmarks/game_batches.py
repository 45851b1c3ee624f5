"""The games of `benchmarks/games.py`: batches of which one is large, and a lie about one of its steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from offchain.batches.codec import encode_order
from offchain.batches.executor import PythonExecutor
from offchain.evm.context import MemoryState
from offchain.evm.signing import address_of_key, sign_transaction
from offchain.game.games import Form
from offchain.game.knowledge import Trace
from offchain.hashing import keccak
from offchain.l1.orders import Order
from offchain.node.config import ChainConfig
from offchain.node.genesis import Genesis
from offchain.proofs.execution_trace import execution_trace
from offchain.state.genesis import GenesisAccount
from offchain.steptest.assembly import assemble, push
from offchain.trees.sparse_merkle_tree import SparseMerkleTree

KEY: Final = b"\x0b" * 32
SENDER: Final = address_of_key(KEY)
LOOP: Final = b"\x10" * 20
PAYEE: Final = b"\x9a" * 20
CONFIG: Final = ChainConfig(chain_id=2_607, base_fee=7, batch_gas_limit=60_000_000, batch_interval=1)
LIE: Final = b"lie"


@dataclass(frozen=True, slots=True)
class Size:
    """n - r, transactions of the disputed batch, steps of its longest one."""

    lag: int
    transactions: int
    steps: int


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
