"""The transaction in progress: `Tx` of docs/machine.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offchain.evm.slices import EMPTY_SLICE, Slice, SliceKind

if TYPE_CHECKING:
    from offchain.evm.receipt import Log
    from offchain.evm.transaction import Transaction

__all__ = ["TransactionState"]


class TransactionState:
    """What the machine keeps of a valid transaction while it runs.

    ``list_cursor``: how many entries of the access list, then of the authorization list, are done.
    ``new_slots``: slots that contracts created by this transaction took from zero, in order.
    ``destroyed``: such contracts that destroyed themselves. Both are unwound by the purge.
    ``gas_left``, ``success``, ``output`` and ``halt`` are the top frame's, once it has ended.
    """

    __slots__ = (
        "contract_address",
        "data",
        "destroyed",
        "gas_left",
        "gas_price",
        "gas_used",
        "halt",
        "list_cursor",
        "logs",
        "new_slots",
        "origin",
        "original_slots",
        "output",
        "refund",
        "success",
        "transaction",
    )

    def __init__(self, transaction: Transaction, gas_price: int) -> None:
        self.transaction = transaction
        self.origin = transaction.sender
        self.gas_price = gas_price
        self.data = Slice(transaction.data, SliceKind.DATA) if transaction.data else EMPTY_SLICE
        self.list_cursor = 0
        self.refund = 0
        self.new_slots: list[tuple[bytes, int]] = []
        self.destroyed: list[bytes] = []
        self.original_slots: dict[tuple[bytes, int], int] = {}
        self.logs: list[Log] = []
        self.contract_address: bytes | None = None
        self.gas_left = 0
        self.gas_used = 0
        self.success = False
        self.output: Slice = EMPTY_SLICE
        self.halt = ""
