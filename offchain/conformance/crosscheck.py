"""Runs a case on anvil and holds our machine against it: an EVM that shares no code with the specification.

The state before is set account by account, the signed transaction is sent as it is and mined alone. What
anvil won't take of the environment (PREVRANDAO, the excess of blob gas, BLOCKHASH, the block number) is read
from the mined block, and our machine gets *that*: both run in the same block, and no case is lost for it.

anvil takes every account for existing, and so pays the refund of EIP-7702 for each authority. In the state
before, an authority that does not exist is given 1 wei, for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any, Final

from offchain.conformance.anvil import AnvilNode, Call, RpcError
from offchain.conformance.case import Account, BlockEnvironment, StateCase
from offchain.conformance.checks import (
    CaseResult,
    describe,
    eels_within_limit,
    failed,
    passed,
    run_machine,
    skipped,
)
from offchain.conformance.machine import Machine
from offchain.conformance.outcome import REJECTED, Outcome, differences
from offchain.conformance.skips import reason_before_running, reason_from_oracle
from offchain.evm.exceptions import InvalidTransaction
from offchain.evm.transaction import Transaction, decode_transaction

__all__ = ["CHAIN_ID", "SENDER_WITH_CODE", "AnvilOracle"]

CHAIN_ID: Final = "chain id other than 1 (anvil)"
SENDER_WITH_CODE: Final = "sender with code (EIP-3607, which anvil does not enforce)"

DELEGATION_PREFIX: Final = b"\xef\x01\x00"

_Slots = dict[bytes, set[int]]


class AnvilOracle:
    """One anvil and the snapshot of its empty state. A context manager."""

    def __init__(self) -> None:
        self._node = AnvilNode()
        self._snapshot = ""

    def __enter__(self) -> AnvilOracle:
        self._node.__enter__()
        try:
            self._snapshot = self._node.call("evm_snapshot")
        except BaseException:
            self._node.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._node.__exit__(kind, error, trace)

    def check(self, case: StateCase, machine: Machine, limit: float) -> CaseResult:
        """Compare status, gas used, logs and every account and slot that either of the two names."""
        reason = reason_before_running(case)
        if reason is not None:
            return skipped(case, reason)
        if case.environment.chain_id != 1:
            return skipped(case, CHAIN_ID)
        transaction = _decode(case)
        if transaction is not None:
            sender = case.pre.get(transaction.sender)
            if sender is not None and sender.code and not sender.code.startswith(DELEGATION_PREFIX):
                return skipped(case, SENDER_WITH_CODE)
            case = replace(case, pre=_with_authorities(case.pre, transaction))
        self._prepare(case)
        rejection = self._execute(case)
        mined = case if rejection is not None else self._as_mined(case)
        ours = run_machine(mined, machine, limit)
        if isinstance(ours, CaseResult):
            return ours
        theirs = (
            Outcome(REJECTED, rejection, 0, (), case.pre)
            if rejection is not None
            else self._outcome(mined, ours)
        )
        error = describe(differences(ours, theirs))
        reason = reason_from_oracle(mined, error is None, eels_within_limit)
        if reason is not None:
            return skipped(case, reason)
        return passed(case, ours) if error is None else failed(case, error)

    def _prepare(self, case: StateCase) -> None:
        node = self._node
        node.call("evm_revert", self._snapshot)
        self._snapshot = node.call("evm_snapshot")
        node.call("anvil_dropAllTransactions")
        environment = case.environment
        calls: list[Call] = [
            ("evm_setBlockGasLimit", hex(environment.gas_limit)),
            ("anvil_setNextBlockBaseFeePerGas", hex(environment.base_fee)),
            ("anvil_setCoinbase", _hex(environment.coinbase)),
            ("evm_setNextBlockTimestamp", environment.timestamp),
        ]
        for address, account in case.pre.items():
            where = _hex(address)
            calls += [
                ("anvil_setBalance", where, hex(account.balance)),
                ("anvil_setNonce", where, hex(account.nonce)),
            ]
            if account.code:
                calls.append(("anvil_setCode", where, _hex(account.code)))
            for key, value in account.storage.items():
                calls.append(("anvil_setStorageAt", where, hex(key), _hex(value.to_bytes(32, "big"))))
        node.batch(calls)

    def _execute(self, case: StateCase) -> str | None:
        """Mine the transaction; None if a block has it, else why not."""
        try:
            self._node.call("eth_sendRawTransaction", _hex(case.raw))
        except RpcError as error:
            return str(error)
        self._node.call("evm_mine")
        mined = self._node.call("eth_getBlockTransactionCountByNumber", "latest")
        return None if mined == "0x1" else "not put into the block"

    def _as_mined(self, case: StateCase) -> StateCase:
        block = self._node.call("eth_getBlockByNumber", "latest", False)
        number = int(block["number"], 16)
        environment = BlockEnvironment(
            number=number,
            timestamp=int(block["timestamp"], 16),
            prevrandao=bytes.fromhex(block["mixHash"][2:]),
            coinbase=bytes.fromhex(block["miner"][2:]),
            gas_limit=int(block["gasLimit"], 16),
            base_fee=int(block["baseFeePerGas"], 16),
            excess_blob_gas=int(block["excessBlobGas"], 16),
            chain_id=1,
            block_hashes={number - 1: bytes.fromhex(block["parentHash"][2:])},
        )
        return replace(case, environment=environment)

    def _outcome(self, case: StateCase, ours: Outcome) -> Outcome:
        block = self._node.call("eth_getBlockByNumber", "latest", False)
        (transaction,) = block["transactions"]
        receipt, trace = self._node.batch(
            [
                ("eth_getTransactionReceipt", transaction),
                (
                    "debug_traceTransaction",
                    transaction,
                    {"tracer": "prestateTracer", "tracerConfig": {"diffMode": True}},
                ),
            ]
        )
        slots: _Slots = {}
        _name_slots(slots, case.pre)
        _name_slots(slots, ours.post)
        for side in ("pre", "post"):
            for text, fields in trace[side].items():
                keys = slots.setdefault(bytes.fromhex(text[2:]), set())
                keys.update(int(key, 16) for key in fields.get("storage", {}))
        return Outcome(
            status="success" if receipt["status"] == "0x1" else "failure",
            reason="",
            gas_used=int(receipt["gasUsed"], 16),
            logs=tuple(_log(log) for log in receipt["logs"]),
            post=self._read_state(slots),
        )

    def _read_state(self, slots: _Slots) -> dict[bytes, Account]:
        heads: list[Call] = []
        words: list[Call] = []
        for address, keys in slots.items():
            where = _hex(address)
            heads += [
                (method, where, "latest")
                for method in ("eth_getTransactionCount", "eth_getBalance", "eth_getCode")
            ]
            words += [("eth_getStorageAt", where, hex(key), "latest") for key in keys]
        answers = self._node.batch(heads + words)
        values = iter(answers[len(heads) :])
        post: dict[bytes, Account] = {}
        for position, (address, keys) in enumerate(slots.items()):
            nonce, balance, code = answers[3 * position : 3 * position + 3]
            storage = {key: int(next(values), 16) for key in keys}
            post[address] = Account(
                nonce=int(nonce, 16),
                balance=int(balance, 16),
                code=bytes.fromhex(code[2:]),
                storage={key: value for key, value in storage.items() if value},
            )
        return post


def _decode(case: StateCase) -> Transaction | None:
    try:
        return decode_transaction(case.raw, 1)
    except InvalidTransaction:
        return None


def _with_authorities(pre: Mapping[bytes, Account], transaction: Transaction) -> Mapping[bytes, Account]:
    signers = {authorization.authority() for authorization in transaction.authorizations}
    return {signer: Account(0, 1, b"") for signer in signers if signer is not None} | dict(pre)


def _name_slots(slots: _Slots, state: Mapping[bytes, Account]) -> None:
    for address, account in state.items():
        slots.setdefault(address, set()).update(account.storage)


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _log(fields: Mapping[str, Any]) -> tuple[bytes, tuple[bytes, ...], bytes]:
    topics: Iterable[str] = fields["topics"]
    return (
        bytes.fromhex(fields["address"][2:]),
        tuple(bytes.fromhex(topic[2:]) for topic in topics),
        bytes.fromhex(fields["data"][2:]),
    )
