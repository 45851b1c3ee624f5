"""Sending to RollupManager through an account of ape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ape.api import AccountAPI
from ape.contracts import ContractInstance
from ape.exceptions import ApeException, ContractLogicError

from offchain.errors import NetworkError
from offchain.l1.refusals import name_and_values
from offchain.l1.sender import OrderContext, Sent

__all__ = ["ApeSender"]


class ApeSender:
    """A `RollupSender`."""

    def __init__(self, rollup: ContractInstance, account: AccountAPI) -> None:
        self._rollup = rollup
        self._account = account

    def begin_term(self, stake: int) -> Sent:
        """See `RollupSender.begin_term`."""
        return self._send("beginTerm", value=stake)

    def append(self, parent_hash: bytes, context: OrderContext, data: bytes) -> Sent:
        """See `RollupSender.append`."""
        return self._send("append", parent_hash, context.as_tuple(), data)

    def append_and_claim(
        self,
        parent_hash: bytes,
        context: OrderContext,
        data: bytes,
        first_batch: int,
        previous_serial: int,
        diff_roots: Sequence[bytes],
    ) -> Sent:
        """See `RollupSender.append_and_claim`."""
        return self._send(
            "appendAndClaim",
            parent_hash,
            context.as_tuple(),
            data,
            first_batch,
            previous_serial,
            list(diff_roots),
        )

    def claim(
        self, first_batch: int, last_order_hash: bytes, previous_serial: int, diff_roots: Sequence[bytes]
    ) -> Sent:
        """See `RollupSender.claim`."""
        return self._send("claim", first_batch, last_order_hash, previous_serial, list(diff_roots))

    def finalize(self, max_count: int) -> Sent:
        """See `RollupSender.finalize`."""
        return self._send("finalize", max_count)

    def claim_state(self, batch: int, order_hash: bytes, previous_serial: int, state_root: bytes) -> Sent:
        """See `RollupSender.claim_state`."""
        return self._send("claimState", batch, order_hash, previous_serial, state_root)

    def finalize_state(self, serial: int) -> Sent:
        """See `RollupSender.finalize_state`."""
        return self._send("finalizeState", serial)

    def _send(self, function: str, *arguments: Any, **options: Any) -> Sent:
        try:
            receipt = getattr(self._rollup, function)(*arguments, sender=self._account, **options)
        except ContractLogicError as error:
            raise NetworkError(f"L1 refuses {function}: {name_and_values(error, self._rollup)[1]}") from error
        except ApeException as error:
            raise NetworkError(f"{function} did not reach L1: {' '.join(str(error).split())}") from error
        return Sent(int(receipt.block_number), int(receipt.gas_used))
