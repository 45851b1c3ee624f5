"""Diffs that say something else than the batch did: the trace is right, its last step is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from offchain.evm.account import NONCE_SHIFT
from offchain.faults.replay import ReplayedBatch
from offchain.state.diff import Diff

__all__ = ["DIFF_FAULTS", "DiffFault", "extra_entry", "missing_entry", "no_op_entry"]

DiffFault = Callable[[ReplayedBatch], Diff]
"""What is claimed in place of a batch's diff."""

_NOBODY: Final = bytes.fromhex("c4ea7ed0" * 5)


def missing_entry(batch: ReplayedBatch) -> Diff:
    """One account that the batch changed is left out."""
    accounts = dict(batch.diff.accounts)
    del accounts[min(accounts)]
    return replace(batch.diff, accounts=accounts)


def extra_entry(batch: ReplayedBatch) -> Diff:
    """An account that the batch never touched gets a wei."""
    return replace(batch.diff, accounts={**batch.diff.accounts, _NOBODY: 1})


def no_op_entry(batch: ReplayedBatch) -> Diff:
    """An account that the batch left alone is listed with the value that it has: h(S_n) is right, h(D_n) is not."""
    idle = {at: account for at, account in batch.pre.accounts.items() if at not in batch.diff.accounts}
    address = min(at for at, account in idle.items() if account >> NONCE_SHIFT or account)
    return replace(batch.diff, accounts={**batch.diff.accounts, address: idle[address]})


DIFF_FAULTS: Final[dict[str, DiffFault]] = {
    "missing-entry": missing_entry,
    "extra-entry": extra_entry,
    "no-op-entry": no_op_entry,
}
"""By name."""
