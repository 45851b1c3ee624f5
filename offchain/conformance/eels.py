"""Ethereum's executable specification (EELS, `ethereum-execution`) as an oracle: a case under Osaka rules.

It runs in process on the specification's plain state. Two facts are noted along the way, because Deltaroll
declares both impossible: a creation at an address that has storage but neither code nor nonce (EIP-7610), and
a precompile called above Deltaroll's limits.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any
from unittest.mock import patch

from ethereum import trace
from ethereum.crypto.hash import Hash32
from ethereum.exceptions import EthereumException
from ethereum.forks.osaka import fork, vm
from ethereum.forks.osaka.fork_types import Account as EelsAccount
from ethereum.forks.osaka.fork_types import Address
from ethereum.forks.osaka.state import (
    State,
    account_has_code_or_nonce,
    account_has_storage,
    set_account,
    set_storage,
)
from ethereum.forks.osaka.transactions import LegacyTransaction, Transaction, decode_transaction
from ethereum.forks.osaka.vm import interpreter
from ethereum.forks.osaka.vm.instructions import system
from ethereum_rlp import rlp
from ethereum_rlp.exceptions import RLPException
from ethereum_types.bytes import Bytes, Bytes32
from ethereum_types.numeric import U64, U256, Uint

from offchain.conformance.case import Account, StateCase
from offchain.conformance.outcome import REJECTED, Log, Outcome
from offchain.conformance.skips import PRECOMPILE_LIMIT, STORAGE_WITHOUT_CODE

__all__ = ["EELS_VERSION", "run_on_eels"]

EELS_VERSION = version("ethereum-execution")

#: Deltaroll's limits for one precompile call: bytes of input, gas. The identity is free of them.
PRECOMPILE_INPUT_LIMIT = 65_536
PRECOMPILE_GAS_LIMIT = 4_000_000
IDENTITY = b"\x04".rjust(20, b"\0")


@dataclass(slots=True)
class _Notes:
    """An EVM tracer that notes precompile calls above the limits, and a stand-in for the storage check."""

    found: set[str] = field(default_factory=set)
    gas_before: int = 0

    def __call__(self, evm: Any, event: trace.TraceEvent) -> None:
        kind = type(event)
        if kind is trace.PrecompileStart:
            self.gas_before = int(evm.gas_left)
            if len(evm.message.data) > PRECOMPILE_INPUT_LIMIT and bytes(evm.message.code_address) != IDENTITY:
                self.found.add(PRECOMPILE_LIMIT)
        elif kind is trace.PrecompileEnd and (
            self.gas_before - int(evm.gas_left) > PRECOMPILE_GAS_LIMIT
            and bytes(evm.message.code_address) != IDENTITY
        ):
            self.found.add(PRECOMPILE_LIMIT)

    def has_storage(self, state: State, address: Address) -> bool:
        """`account_has_storage`, asked only where a creation hits the address."""
        answer = account_has_storage(state, address)
        if answer and not account_has_code_or_nonce(state, address):
            self.found.add(STORAGE_WITHOUT_CODE)
        return answer


@contextmanager
def _noting() -> Iterator[_Notes]:
    notes = _Notes()
    before = trace.set_evm_trace(notes)
    try:
        with (
            patch.object(interpreter, "account_has_storage", notes.has_storage),
            patch.object(system, "account_has_storage", notes.has_storage),
        ):
            yield notes
    finally:
        trace.set_evm_trace(before)


def run_on_eels(case: StateCase) -> Outcome:
    """Execute the case under the specification's Osaka rules, whatever fork it was filled for."""
    try:
        transaction = _decode(case.raw)
    except (EthereumException, RLPException, ValueError) as error:
        return _rejected(case, error)
    state = _state(case)
    environment = _block_environment(case, state)
    output = vm.BlockOutput()
    with _noting() as notes:
        try:
            fork.process_transaction(environment, output, transaction, Uint(0))
        except EthereumException as error:
            return _rejected(case, error)
    return Outcome(
        status="success" if _succeeded(output) else "failure",
        reason="",
        gas_used=int(output.block_gas_used),
        logs=tuple(_log(log) for log in output.block_logs),
        post=_post(state),
        notes=tuple(sorted(notes.found)),
    )


def _decode(raw: bytes) -> Transaction:
    if raw[:1] and raw[0] < 0xC0:
        return decode_transaction(Bytes(raw))
    return rlp.decode_to(LegacyTransaction, Bytes(raw))


def _state(case: StateCase) -> State:
    state = State()
    for address, account in case.pre.items():
        where = Address(address)
        set_account(
            state, where, EelsAccount(Uint(account.nonce), U256(account.balance), Bytes(account.code))
        )
        for key, value in account.storage.items():
            set_storage(state, where, Bytes32(key.to_bytes(32, "big")), U256(value))
    return state


def _block_environment(case: StateCase, state: State) -> vm.BlockEnvironment:
    environment = case.environment
    first = max(0, environment.number - 256)
    return vm.BlockEnvironment(
        chain_id=U64(environment.chain_id),
        state=state,
        block_gas_limit=Uint(environment.gas_limit),
        block_hashes=[Hash32(environment.block_hash(number)) for number in range(first, environment.number)],
        coinbase=Address(environment.coinbase),
        number=Uint(environment.number),
        base_fee_per_gas=Uint(environment.base_fee),
        time=U256(environment.timestamp),
        prev_randao=Bytes32(environment.prevrandao),
        excess_blob_gas=U64(environment.excess_blob_gas),
        parent_beacon_block_root=Hash32(bytes(32)),
    )


def _post(state: State) -> dict[bytes, Account]:
    # The specification reads its state through tries; taking what is in them needs no root.
    accounts: dict[bytes, Account] = {}
    for address, account in state._main_trie._data.items():
        if account is None:
            continue
        trie = state._storage_tries.get(address)
        storage = {} if trie is None else trie._data
        accounts[bytes(address)] = Account(
            nonce=int(account.nonce),
            balance=int(account.balance),
            code=bytes(account.code),
            storage={int.from_bytes(key, "big"): int(value) for key, value in storage.items()},
        )
    return accounts


def _succeeded(output: vm.BlockOutput) -> bool:
    (receipt,) = output.receipts_trie._data.values()
    if isinstance(receipt, bytes):
        (status, *_) = rlp.decode(Bytes(receipt[1:]))
        return bool(status)
    assert receipt is not None
    return bool(receipt.succeeded)


def _log(log: Any) -> Log:
    return bytes(log.address), tuple(bytes(topic) for topic in log.topics), bytes(log.data)


def _rejected(case: StateCase, error: Exception) -> Outcome:
    reason = f"{type(error).__name__}: {error}".removesuffix(": ")
    return Outcome(REJECTED, reason, 0, (), case.pre)
