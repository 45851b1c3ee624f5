"""EELS as the oracle of a whole batch: the same items, one after the other, in one block of the specification."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ethereum.crypto.hash import Hash32
from ethereum.exceptions import EthereumException
from ethereum.forks.osaka import fork, vm
from ethereum.forks.osaka.fork_types import Account as EelsAccount
from ethereum.forks.osaka.fork_types import Address
from ethereum.forks.osaka.state import State, set_account, set_storage
from ethereum.forks.osaka.transactions import LegacyTransaction, decode_transaction
from ethereum_rlp import rlp
from ethereum_rlp.exceptions import RLPException
from ethereum_types.bytes import Bytes, Bytes32
from ethereum_types.numeric import U64, U256, Uint

from offchain.conformance.case import Account, fake_block_hash
from offchain.evm.history import HISTORY_ADDRESS, HISTORY_CODE
from tests.support.batches import Batch, World

__all__ = ["EelsReceipt", "assert_as_eels", "history_world", "run_batch_on_eels"]


@dataclass(frozen=True)
class EelsReceipt:
    """What the specification made of one item; ``reason`` where it is not included."""

    status: str
    gas_used: int
    logs: tuple[Any, ...]
    reason: str = ""


def run_batch_on_eels(
    world: World,
    items: Sequence[bytes],
    *,
    system_call: bool = False,
    block_hash: Callable[[int], bytes] = fake_block_hash,
) -> tuple[list[EelsReceipt], dict[bytes, Account]]:
    """A receipt for each item, and all accounts after the last one."""
    state = _state(world.accounts)
    block = _block(world, state, block_hash)
    if system_call:
        fork.process_unchecked_system_transaction(
            block_env=block,
            target_address=Address(HISTORY_ADDRESS),
            data=Bytes(world.context.parent_order_hash),
        )
    output = vm.BlockOutput()
    receipts = []
    for index, item in enumerate(items):
        gas, logs = output.block_gas_used, len(output.block_logs)
        try:
            fork.process_transaction(block, output, _decode(item), Uint(index))
        except (EthereumException, RLPException) as error:
            receipts.append(EelsReceipt("skipped", 0, (), f"{type(error).__name__} {error}"))
            continue
        found = tuple(
            (bytes(log.address), tuple(bytes(topic) for topic in log.topics), bytes(log.data))
            for log in output.block_logs[logs:]
        )
        status = "success" if _succeeded(output) else "failure"
        receipts.append(EelsReceipt(status, int(output.block_gas_used - gas), found))
    return receipts, _post(state)


def assert_as_eels(world: World, items: Sequence[bytes], ours: Batch, **options: Any) -> None:
    """Every receipt and the whole state after the batch are those of the specification."""
    receipts, post = run_batch_on_eels(world, items, **options)
    for index, (have, want) in enumerate(zip(ours.receipts, receipts, strict=True)):
        logs = tuple((log.address, log.topics, log.data) for log in have.logs)
        message = f"item {index}: {have.status} {have.reason}, EELS {want.status} {want.reason}"
        assert (str(have.status), have.gas_used) == (want.status, want.gas_used), message
        assert logs == want.logs, f"item {index}"
    for at in sorted(post.keys() | ours.post.keys()):
        assert ours.account(at) == post.get(at, Account(0, 0, b"")), f"account 0x{at.hex()}"


def _decode(raw: bytes) -> Any:
    if raw[:1] and raw[0] < 0xC0:
        return decode_transaction(Bytes(raw))
    return rlp.decode_to(LegacyTransaction, Bytes(raw))


def _state(accounts: Mapping[bytes, Account]) -> State:
    state = State()
    for at, account in accounts.items():
        code = Bytes(account.code)
        set_account(state, Address(at), EelsAccount(Uint(account.nonce), U256(account.balance), code))
        for key, value in account.storage.items():
            set_storage(state, Address(at), Bytes32(key.to_bytes(32, "big")), U256(value))
    return state


def _block(world: World, state: State, block_hash: Callable[[int], bytes]) -> vm.BlockEnvironment:
    context = world.context
    numbers = range(max(0, context.number - 256), context.number)
    return vm.BlockEnvironment(
        chain_id=U64(context.chain_id),
        state=state,
        block_gas_limit=Uint(context.gas_limit),
        block_hashes=[Hash32(block_hash(number)) for number in numbers],
        coinbase=Address(context.coinbase),
        number=Uint(context.number),
        base_fee_per_gas=Uint(context.base_fee),
        time=U256(context.timestamp),
        prev_randao=Bytes32(context.prevrandao),
        excess_blob_gas=U64(0),
        parent_beacon_block_root=Hash32(bytes(32)),
    )


def _succeeded(output: vm.BlockOutput) -> bool:
    receipt = output.receipts_trie._data[output.receipt_keys[-1]]
    if isinstance(receipt, bytes):
        (status, *_) = rlp.decode(Bytes(receipt[1:]))
        return bool(status)
    assert receipt is not None
    return bool(receipt.succeeded)


def _post(state: State) -> dict[bytes, Account]:
    accounts = {}
    for at, account in state._main_trie._data.items():
        if account is None:
            continue
        trie = state._storage_tries.get(at)
        storage = {} if trie is None else {int.from_bytes(k, "big"): int(v) for k, v in trie._data.items()}
        found = Account(int(account.nonce), int(account.balance), bytes(account.code), storage)
        if not found.is_empty or storage:
            accounts[bytes(at)] = found
    return accounts


def history_world(world: World, block_hash: Callable[[int], bytes] = fake_block_hash) -> World:
    """The world with the EIP-2935 account and the hashes of the 300 batches before the parent in it."""
    number = world.context.number
    ring = {n % 8_191: int.from_bytes(block_hash(n), "big") for n in range(max(0, number - 300), number - 1)}
    changed = world.with_account(HISTORY_ADDRESS, nonce=1, code=HISTORY_CODE, storage=ring)
    return changed.with_context(parent_order_hash=block_hash(number - 1))
