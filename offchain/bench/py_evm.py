"""py-evm as a peer, in the fastest form it has: its newest fork over accounts in dictionaries, no tries.

Its transactions are plain objects with all that it asks of them computed beforehand. Its rules end at Prague,
which differs from Osaka in nothing that the workloads do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final

from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.prague.state import PragueState

from offchain.bench.flat_account_db import FlatAccountDB
from offchain.bench.workload import context_of
from offchain.evm.gas import INITCODE_WORD, words
from offchain.evm.transaction import Transaction
from offchain.state.diff import Diff
from offchain.state.genesis import GenesisAccount

__all__ = ["PyEvm"]

_BLANK: Final = bytes(32)


class _FlatState(PragueState):
    account_db_class: Any = FlatAccountDB


@dataclass(slots=True, repr=False)
class _Transaction:
    """What py-evm reads of a transaction."""

    type_id: int
    nonce: int
    gas: int
    max_fee_per_gas: int
    max_priority_fee_per_gas: int
    to: bytes
    value: int
    data: bytes
    access_list: tuple[()]
    sender: bytes
    intrinsic_gas: int
    y_parity: int = 0
    r: int = 1
    s: int = 1

    @property
    def gas_price(self) -> int:
        return self.max_fee_per_gas

    def validate(self) -> None:
        """Signature and intrinsic gas were judged when the transaction was decoded."""


class PyEvm:
    """A `Contender`."""

    name = f"py-evm {version('py-evm')}"

    def prepare(
        self, genesis: Mapping[bytes, GenesisAccount], items: Sequence[Transaction]
    ) -> Callable[[], Diff]:
        """See `Contender.prepare`."""
        context = context_of(1)
        fields: dict[str, Any] = {
            "coinbase": context.coinbase,
            "timestamp": context.timestamp,
            "block_number": context.number,
            "difficulty": 0,
            "mix_hash": context.prevrandao,
            "gas_limit": context.gas_limit,
            "prev_hashes": (),
            "chain_id": context.chain_id,
            "base_fee_per_gas": context.base_fee,
            "excess_blob_gas": 0,
        }
        make_state: Any = _FlatState
        state = make_state(None, ExecutionContext(**fields), _BLANK)
        accounts: FlatAccountDB = state._account_db
        accounts.load(genesis)
        transactions = [_of(item) for item in items]

        def run() -> Diff:
            for transaction in transactions:
                state.apply_transaction(transaction)
                state.lock_changes()
            return accounts.diff()

        return run


def _of(item: Transaction) -> _Transaction:
    return _Transaction(
        item.type,
        item.nonce,
        item.gas_limit,
        item.max_fee,
        item.max_priority_fee,
        item.to or b"",
        item.value,
        item.data,
        (),
        item.sender,
        item.intrinsic_gas if item.to else item.intrinsic_gas - INITCODE_WORD * words(len(item.data)),
    )
