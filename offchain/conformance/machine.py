"""Deltaroll's own machine as one of the EVMs that run a `StateCase`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, cast

from offchain.batches import executor
from offchain.conformance.case import Account, BlockEnvironment, StateCase
from offchain.conformance.outcome import REJECTED, Outcome
from offchain.evm.account import balance_of, nonce_of, pack_account
from offchain.evm.context import BatchContext, MemoryState
from offchain.state.diff import Diff

__all__ = ["ENGINES", "Machine", "apply_diff", "blob_base_fee", "context_of", "machine", "memory_state"]

Machine = Callable[[StateCase], Outcome]

#: Our engines, and "eels": the specification in our machine's place, which tests this tooling, not Deltaroll.
ENGINES: Final[tuple[str, ...]] = (*executor.ENGINES, "eels")

#: EIP-7691, in force in Osaka before any blob-parameter-only fork (EIP-7892).
BLOB_BASE_FEE_UPDATE_FRACTION: Final = 5_007_716


def machine(engine: str) -> Machine:
    """The function that executes a case with this engine, one of ENGINES."""
    if engine == "eels":
        from offchain.conformance.eels import run_on_eels

        return run_on_eels
    # A case runs once, so nothing would get hot: blocks are compiled at the first visit, to be tested at all.
    ours = executor.PythonExecutor(cast(executor.EngineName, engine), hot=0)

    def run(case: StateCase) -> Outcome:
        result = ours.execute_transactions(
            memory_state(case.pre),
            context_of(case.environment),
            [case.raw],
            block_hash=case.environment.block_hash,
            system_call=False,
        )
        (receipt,) = result.receipts
        skipped = receipt.status == "skipped"
        return Outcome(
            status=REJECTED if skipped else str(receipt.status),
            reason=receipt.reason,
            gas_used=receipt.gas_used,
            logs=tuple((log.address, tuple(log.topics), log.data) for log in receipt.logs),
            post=apply_diff(case.pre, result.diff),
        )

    return run


def memory_state(pre: Mapping[bytes, Account]) -> MemoryState:
    """The state before as the machine's flat state."""
    return MemoryState(
        accounts={
            address: pack_account(account.nonce, account.balance, len(account.code))
            for address, account in pre.items()
        },
        slots={
            (address, key): value
            for address, account in pre.items()
            for key, value in account.storage.items()
        },
        code_hashes={address: account.code_hash for address, account in pre.items() if account.code},
        codes={account.code_hash: account.code for account in pre.values()},
    )


def context_of(environment: BlockEnvironment) -> BatchContext:
    """The block environment as a batch's context; in state tests it has no parent order."""
    return BatchContext(
        chain_id=environment.chain_id,
        number=environment.number,
        timestamp=environment.timestamp,
        prevrandao=environment.prevrandao,
        parent_order_hash=bytes(32),
        coinbase=environment.coinbase,
        gas_limit=environment.gas_limit,
        base_fee=environment.base_fee,
        blob_base_fee=blob_base_fee(environment.excess_blob_gas),
    )


def apply_diff(pre: Mapping[bytes, Account], diff: Diff) -> dict[bytes, Account]:
    """The state after: every account that the diff names is rebuilt, the others are shared."""
    slots: dict[bytes, dict[int, int]] = {}
    for (address, key), value in diff.slots.items():
        slots.setdefault(address, {})[key] = value
    post = dict(pre)
    for address in diff.accounts.keys() | diff.codes.keys() | slots.keys():
        before = pre.get(address, Account(0, 0, b""))
        packed = diff.accounts.get(address)
        nonce, balance = (
            (before.nonce, before.balance) if packed is None else (nonce_of(packed), balance_of(packed))
        )
        code = before.code
        if address in diff.codes:
            code_hash = diff.codes[address]
            code = diff.code[code_hash] if code_hash else b""
        storage = {**before.storage, **slots.get(address, {})}
        after = Account(nonce, balance, code, {key: value for key, value in storage.items() if value})
        if after.is_empty and not after.storage:
            post.pop(address, None)
        else:
            post[address] = after
    return post


def blob_base_fee(excess_blob_gas: int) -> int:
    """The price of one blob gas in wei (EIP-4844's fake exponential with a minimum of 1)."""
    total, term, i = 0, BLOB_BASE_FEE_UPDATE_FRACTION, 1
    while term > 0:
        total += term
        term = term * excess_blob_gas // (BLOB_BASE_FEE_UPDATE_FRACTION * i)
        i += 1
    return total // BLOB_BASE_FEE_UPDATE_FRACTION
