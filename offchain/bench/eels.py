"""Ethereum's executable specification (EELS) as a peer, under Osaka rules.

Its state is its own: plain dictionaries under the names of tries, whose roots nobody asks for. A snapshot copies
all of it, so it is given those accounts alone that its items touch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any
from unittest.mock import patch

from ethereum.crypto.hash import Hash32
from ethereum.forks.osaka import fork, vm
from ethereum.forks.osaka.fork_types import Account, Address
from ethereum.forks.osaka.state import State, set_account, set_storage
from ethereum.forks.osaka.transactions import decode_transaction
from ethereum_types.bytes import Bytes, Bytes32
from ethereum_types.numeric import U64, U256, Uint

from offchain.bench.contender import Deltaroll, memory_state
from offchain.bench.workload import context_of
from offchain.evm.account import pack_account
from offchain.evm.context import MemoryState
from offchain.evm.transaction import Transaction
from offchain.hashing import keccak
from offchain.state.diff import Diff
from offchain.state.genesis import GenesisAccount

__all__ = ["Eels"]


class Eels:
    """A `Contender`."""

    name = f"EELS {version('ethereum-execution')}"

    def prepare(
        self, genesis: Mapping[bytes, GenesisAccount], items: Sequence[Transaction]
    ) -> Callable[[], Diff]:
        """See `Contender.prepare`."""
        genesis = _touched(genesis, items)
        state = State()
        for address, account in genesis.items():
            where = Address(address)
            word = Account(Uint(account.nonce), U256(account.balance), Bytes(account.code))
            set_account(state, where, word)
            for key, value in account.storage.items():
                set_storage(state, where, Bytes32(key.to_bytes(32)), U256(value))
        transactions = [decode_transaction(Bytes(item.raw)) for item in items]
        senders = iter([Address(item.sender) for item in items])
        environment = _environment(state)
        output = vm.BlockOutput()

        def run() -> Diff:
            with patch.object(fork, "recover_sender", lambda chain_id, tx: next(senders)):
                for index, transaction in enumerate(transactions):
                    fork.process_transaction(environment, output, transaction, Uint(index))
            return _diff(genesis, state)

        return run


class _Recording:
    """A pre-state that remembers what was read of it."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state
        self.accounts: set[bytes] = set()
        self.slots: set[tuple[bytes, int]] = set()

    def account(self, address: bytes) -> int:
        self.accounts.add(address)
        return self._state.account(address)

    def slot(self, address: bytes, key: int) -> int:
        self.slots.add((address, key))
        return self._state.slot(address, key)

    def code_hash(self, address: bytes) -> bytes:
        return self._state.code_hash(address)

    def code(self, code_hash: bytes) -> bytes:
        return self._state.code(code_hash)


def _touched(
    genesis: Mapping[bytes, GenesisAccount], items: Sequence[Transaction]
) -> dict[bytes, GenesisAccount]:
    """The part of the first state that the items read."""
    seen = _Recording(memory_state(genesis))
    Deltaroll("interpreter").runner()(seen, 1, items)
    part = {}
    for address in seen.accounts & genesis.keys():
        account = genesis[address]
        storage = {key: value for key, value in account.storage.items() if (address, key) in seen.slots}
        part[address] = GenesisAccount(account.balance, account.nonce, account.code, storage)
    return part


def _environment(state: State) -> vm.BlockEnvironment:
    context = context_of(1)
    return vm.BlockEnvironment(
        chain_id=U64(context.chain_id),
        state=state,
        block_gas_limit=Uint(context.gas_limit),
        block_hashes=[],
        coinbase=Address(context.coinbase),
        number=Uint(context.number),
        base_fee_per_gas=Uint(context.base_fee),
        time=U256(context.timestamp),
        prev_randao=Bytes32(context.prevrandao),
        excess_blob_gas=U64(0),
        parent_beacon_block_root=Hash32(bytes(32)),
    )


def _diff(genesis: Mapping[bytes, GenesisAccount], state: State) -> Diff:
    accounts: dict[bytes, int] = {}
    slots: dict[tuple[bytes, int], int] = {}
    codes: dict[bytes, bytes] = {}
    code: dict[bytes, bytes] = {}
    nobody = GenesisAccount()
    # The specification reads its state through tries; taking what is in them needs no root.
    held: dict[Any, Any] = state._main_trie._data
    for address, account in held.items():
        before = genesis.get(address, nobody)
        raw = bytes(account.code)
        word = pack_account(int(account.nonce), int(account.balance), len(raw))
        if word != pack_account(before.nonce, before.balance, len(before.code)):
            accounts[bytes(address)] = word
        if raw != before.code:
            codes[bytes(address)] = keccak(raw)
            code[keccak(raw)] = raw
        trie = state._storage_tries.get(address)
        now = {int.from_bytes(key): int(value) for key, value in trie._data.items()} if trie else {}
        for key in now.keys() | before.storage.keys():
            if now.get(key, 0) != before.storage.get(key, 0):
                slots[bytes(address), key] = now.get(key, 0)
    return Diff(accounts, slots, codes, code)
