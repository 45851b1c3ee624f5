"""The steps around the frames: unit begin, items, access list, authorizations, start, settlement, purge.

Each function is one step of docs/machine.md and leaves the phase of the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from offchain.evm import calls
from offchain.evm.account import (
    BALANCE_MASK,
    CODE_SIZE_SHIFT,
    MAX_NONCE,
    NONCE_MASK,
    NONCE_ONE,
    NONCE_SHIFT,
)
from offchain.evm.code import delegation_to
from offchain.evm.exceptions import InvalidTransaction
from offchain.evm.gas import AUTHORIZATION_BASE, REFUND_QUOTIENT
from offchain.evm.history import history_slot
from offchain.evm.items import MAX_ITEM_SIZE, MAX_ITEMS, next_item
from offchain.evm.phase import Phase
from offchain.evm.reason import Reason
from offchain.evm.receipt import Receipt, Status
from offchain.evm.transaction_state import TransactionState
from offchain.hashing import keccak

if TYPE_CHECKING:
    from offchain.evm.machine import Machine
    from offchain.evm.transaction import Transaction

__all__ = ["TRANSITIONS"]

_ZERO_ADDRESS: Final = bytes(20)


def begin(machine: Machine) -> None:
    """Unit 0: write the parent's order hash where EIP-2935 keeps it."""
    if machine.system_call:
        context = machine.context
        parent = int.from_bytes(context.parent_order_hash)
        machine.overlay.set_slot(history_slot(context.number - 1), parent)
        machine.journal.clear()
    machine.unit = 1
    machine.phase = Phase.ITEM


def item(machine: Machine) -> None:
    """Decode the item at the cursor and judge it: skip it, or buy its gas. Without an item, close."""
    data = machine.data
    found = next_item(data, machine.cursor) if machine.unit <= MAX_ITEMS else None
    if found is None:
        machine.phase = Phase.DIFF
        return
    start, size = found
    machine.cursor = start + size
    raw = data[start : start + size]
    try:
        if size > MAX_ITEM_SIZE:
            raise InvalidTransaction(Reason.ITEM_TOO_LARGE, f"{size} bytes")
        transaction = machine.decode(raw, machine.context.chain_id)
        gas_price = _judge(machine, transaction)
    except InvalidTransaction as invalid:
        machine.receipts.append(Receipt(Status.SKIPPED, str(invalid), keccak(raw), b"", 0, None, (), b""))
        machine.unit += 1
        return
    _buy_gas(machine, transaction, gas_price)


def _judge(machine: Machine, transaction: Transaction) -> int:
    """The effective gas price, or `InvalidTransaction` where the state or the batch forbid the transaction."""
    base_fee = machine.context.base_fee
    max_fee = transaction.max_fee
    if transaction.gas_limit > machine.gas_left:
        raise InvalidTransaction(Reason.BATCH_GAS, f"{transaction.gas_limit} > {machine.gas_left}")
    if max_fee < base_fee:
        raise InvalidTransaction(Reason.FEE_BELOW_BASE_FEE, f"{max_fee} < {base_fee}")
    overlay = machine.overlay
    sender = transaction.sender
    account = overlay.account(sender)
    nonce = account >> NONCE_SHIFT & NONCE_MASK
    if transaction.nonce != nonce:
        raise InvalidTransaction(Reason.NONCE_MISMATCH, f"{transaction.nonce}, the account has {nonce}")
    # Also refuses every value or fee of 2**160 or more, because no balance reaches that.
    cost = transaction.gas_limit * max_fee + transaction.value
    if cost > account & BALANCE_MASK:
        raise InvalidTransaction(Reason.INSUFFICIENT_FUNDS, f"{cost} > {account & BALANCE_MASK}")
    if account >> CODE_SIZE_SHIFT and overlay.delegate_of(overlay.code(sender)) is None:
        raise InvalidTransaction(Reason.SENDER_HAS_CODE)  # EIP-3607, EIP-7702
    return min(max_fee, base_fee + transaction.max_priority_fee)


def _buy_gas(machine: Machine, transaction: Transaction, gas_price: int) -> None:
    """Take nonce and fee from the sender, open a new scratch, and warm what is warm from the start."""
    machine.journal.clear()
    scratch = machine.scratch = machine.new_scratch()
    tx = machine.tx = TransactionState(transaction, gas_price)
    sender = transaction.sender
    overlay = machine.overlay
    fee = transaction.gas_limit * gas_price
    overlay.set_account(sender, overlay.account(sender) + NONCE_ONE - fee)
    scratch.warm_address(sender)
    scratch.warm_address(machine.context.coinbase)
    to = transaction.to
    if to is None:
        to = tx.contract_address = calls.create_address(sender, transaction.nonce)
    scratch.warm_address(to)
    machine.phase = Phase.ACCESS_LIST if transaction.access_list else _after_access_list(transaction)


def _after_access_list(transaction: Transaction) -> Phase:
    return Phase.AUTHORIZATION if transaction.authorizations else Phase.START


def access_list(machine: Machine) -> None:
    """Warm one entry of the access list: an address or one of its storage keys (EIP-2930)."""
    tx = machine.tx
    entries = tx.transaction.access_list
    if not machine.stepwise:
        for address, keys in entries:
            machine.scratch.warm_address(address)
            for key in keys:
                machine.scratch.warm_slot((address, key))
        machine.phase = _after_access_list(tx.transaction)
        return
    flat = [entry for address, keys in entries for entry in ((address, None), *((address, k) for k in keys))]
    address, one_key = flat[tx.list_cursor]
    if one_key is None:
        machine.scratch.warm_address(address)
    else:
        machine.scratch.warm_slot((address, one_key))
    tx.list_cursor += 1
    if tx.list_cursor == len(flat):
        tx.list_cursor = 0
        machine.phase = _after_access_list(tx.transaction)


def authorization(machine: Machine) -> None:
    """Apply one authorization tuple, or pass over it where it means nothing (EIP-7702)."""
    tx = machine.tx
    authorizations = tx.transaction.authorizations
    tuple_ = authorizations[tx.list_cursor]
    tx.list_cursor += 1
    if tx.list_cursor == len(authorizations):
        machine.phase = Phase.START
    if tuple_.chain_id not in (0, machine.context.chain_id) or tuple_.nonce >= MAX_NONCE:
        return
    authority = tuple_.authority()
    if authority is None:
        return
    machine.scratch.warm_address(authority)
    overlay = machine.overlay
    account = overlay.account(authority)
    if account >> CODE_SIZE_SHIFT and overlay.delegate_of(overlay.code(authority)) is None:
        return
    if account >> NONCE_SHIFT & NONCE_MASK != tuple_.nonce:
        return
    if account:
        tx.refund += AUTHORIZATION_BASE
    overlay.set_code(authority, b"" if tuple_.address == _ZERO_ADDRESS else delegation_to(tuple_.address))
    overlay.increment_nonce(authority)


def start(machine: Machine) -> None:
    """Open the top frame."""
    machine.phase = Phase.EXECUTE
    tx = machine.tx
    transaction = tx.transaction
    gas = transaction.gas_limit - transaction.intrinsic_gas
    if transaction.to is None:
        calls.start_create(machine, gas)
    else:
        calls.start_call(machine, transaction.to, gas)


def settle(machine: Machine) -> None:
    """Refund, floor, sender, coinbase; the transaction is over unless something is to be purged."""
    tx = machine.tx
    transaction = tx.transaction
    gas_limit = transaction.gas_limit
    used = gas_limit - tx.gas_left
    used = max(used - min(used // REFUND_QUOTIENT, tx.refund), transaction.floor_gas)  # EIP-3529, EIP-7623
    tx.gas_used = used
    machine.gas_left -= used
    overlay = machine.overlay
    gas_price = tx.gas_price
    overlay.set_account(tx.origin, overlay.account(tx.origin) + (gas_limit - used) * gas_price)
    tip = used * (gas_price - machine.context.base_fee)
    if tip:
        coinbase = machine.context.coinbase
        overlay.set_account(coinbase, overlay.account(coinbase) + tip)
    if tx.destroyed or tx.new_slots:
        machine.phase = Phase.PURGE
    else:
        _end_unit(machine)


def purge(machine: Machine) -> None:
    """Unwind the lists, the last entry first: slots of destroyed contracts, then the contracts (EIP-6780)."""
    tx = machine.tx
    overlay = machine.overlay
    if tx.new_slots:
        slot = tx.new_slots.pop()
        if machine.scratch.is_destroyed(slot[0]):
            overlay.set_slot(slot, 0)
    else:
        address = tx.destroyed.pop()
        overlay.set_code(address, b"")
        overlay.set_account(address, 0)
    if not tx.new_slots and not tx.destroyed:
        _end_unit(machine)


def _end_unit(machine: Machine) -> None:
    tx = machine.tx
    transaction = tx.transaction
    machine.receipts.append(
        Receipt(
            Status.SUCCESS if tx.success else Status.FAILURE,
            tx.halt,
            transaction.hash,
            tx.origin,
            tx.gas_used,
            tx.contract_address,
            tuple(tx.logs),
            tx.output.content,
        )
    )
    machine.unit += 1
    machine.phase = Phase.ITEM


TRANSITIONS: Final[Mapping[Phase, Callable[[Machine], None]]] = {
    Phase.BEGIN: begin,
    Phase.ITEM: item,
    Phase.ACCESS_LIST: access_list,
    Phase.AUTHORIZATION: authorization,
    Phase.START: start,
    Phase.SETTLE: settle,
    Phase.PURGE: purge,
}
