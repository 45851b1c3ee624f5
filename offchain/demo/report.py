"""The demo's end: a summary for people, and the same as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from offchain.demo.disputes import Dispute
from offchain.demo.scenario import DemoResult
from offchain.evm.receipt import Receipt, Status
from offchain.node.sequencer import PostedBatch

__all__ = ["print_batches", "print_summary", "result_as_json"]

_WIDE: Final = 110  # columns from which all figures fit beside each other


def print_summary(console: Console, result: DemoResult, seconds: float) -> None:
    """Tables of the batches and of what did not go well, then finality and the verdicts."""
    deployment, last = result.deployment, result.posted[-1]
    console.print(
        f"RollupManager {deployment.rollup} on {result.network} (chain {deployment.chain_id}), "
        f"h(S_0) {_short(deployment.genesis_state_root)}"
    )
    print_batches(console, result)
    for batch, index, receipt in _notable(result):
        color = "yellow" if receipt.status is Status.SKIPPED else "cyan"
        line = Text(f"  batch {batch}, item {index}: {receipt.status}: {receipt.reason}", style=color)
        console.print(line, soft_wrap=True)
    gas = ", ".join(f"{name} {used:,}" for name, used in result.other_gas)
    console.print(f"L1 gas besides the batches: {gas}")
    caught, first = result.caught, result.caught.first
    console.print(
        f"Finality: batches 1 to {caught.finalized} are final of {caught.ordered} ordered; "
        f"r = {caught.base}, h(S_{result.state_batch}) = 0x{result.state_root.hex()}"
    )
    console.print(_verdict(result), soft_wrap=True)
    if first is not None:
        console.print(
            Text(f"Verifier, after batch {last.batch}: {first.summary()}", style="red"), soft_wrap=True
        )
        for entry in first.entries:
            console.print(Text(f"  {entry}", style="red bold"), soft_wrap=True)
        if first.note:
            console.print(Text(f"  {first.note}"), soft_wrap=True)
    for dispute in result.disputes:
        console.print(_dispute(dispute), soft_wrap=True)
    settled = result.settled
    console.print(
        f"Verifier, in the end: batches 1 to {settled.finalized} are final of {settled.ordered} ordered, "
        f"{settled.false_claims} claims are false"
    )
    word = "as it should be" if result.is_caught else "NOT as it should be"
    console.print(Text(f"{word}, in {seconds:.1f} s", style="bold"))


def print_batches(console: Console, result: DemoResult) -> None:
    """One table, or on a narrow terminal two with the same rows: no figure is left out or cut."""
    transactions = ("txs", "ok", "fail", "skip")
    resources = ("gas L2", "gas L1", "bytes", "entries")
    if console.width >= _WIDE:
        console.print(_table(result, transactions + resources, ("h(D)", "what")))
    else:
        console.print(_table(result, transactions, ("what",)))
        console.print(_table(result, resources, ("h(D)",)))


def result_as_json(result: DemoResult) -> dict[str, Any]:
    """Plain values; hashes as 0x hex."""
    return {
        "network": result.network,
        "deployment": result.deployment.to_json(),
        "batches": [
            {
                "batch": posted.batch,
                "title": title,
                "transactions": len(posted.receipts),
                "outcomes": _outcomes(posted.receipts),
                "gasL2": posted.gas_used,
                "gasL1": posted.sent.gas_used,
                "bytes": posted.size,
                "entries": posted.entries,
                "orderHash": f"0x{posted.order_hash.hex()}",
                "diffRoot": f"0x{posted.diff_root.hex()}",
            }
            for title, posted in zip(result.titles, result.posted, strict=True)
        ],
        "notable": [
            {"batch": batch, "item": index, "status": str(receipt.status), "reason": receipt.reason}
            for batch, index, receipt in _notable(result)
        ],
        "gasL1": dict(result.other_gas),
        "stateClaim": {"batch": result.state_batch, "stateRoot": f"0x{result.state_root.hex()}"},
        "honest": result.honest.to_json(),
        "caught": result.caught.to_json(),
        "lie": result.lie,
        "disputes": [dispute.to_json() for dispute in result.disputes],
        "settled": result.settled.to_json(),
        "asItShouldBe": result.is_caught,
    }


def _table(result: DemoResult, figures: Sequence[str], texts: Sequence[str]) -> Table:
    """A row for each batch, and one for all of them."""
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold")
    for heading in ("batch", *figures):
        table.add_column(heading, justify="right", overflow="fold")
    for heading in texts:
        table.add_column(heading, overflow="fold")
    for title, posted in zip(result.titles, result.posted, strict=True):
        known = _figures([posted]) | {"h(D)": _short(posted.diff_root), "what": title}
        table.add_row(str(posted.batch), *(known[name] for name in (*figures, *texts)))
    known = _figures(result.posted)
    table.add_row("all", *(known[name] for name in figures), style="bold")
    return table


def _figures(batches: Sequence[PostedBatch]) -> dict[str, str]:
    """The sums over some batches, by the headings of their columns."""
    receipts = [receipt for posted in batches for receipt in posted.receipts]
    outcomes = _outcomes(receipts)
    figures = {
        "txs": len(receipts),
        "ok": outcomes[Status.SUCCESS],
        "fail": outcomes[Status.FAILURE],
        "skip": outcomes[Status.SKIPPED],
        "gas L2": sum(posted.gas_used for posted in batches),
        "gas L1": sum(posted.sent.gas_used for posted in batches),
        "bytes": sum(posted.size for posted in batches),
        "entries": sum(posted.entries for posted in batches),
    }
    return {name: f"{figure:,}" for name, figure in figures.items()}


def _dispute(dispute: Dispute) -> Text:
    winner = (
        "the sequencer is slashed, its claims are deleted" if dispute.is_right else "NOT decided by a step"
    )
    text = Text(f"Dispute of batch {dispute.batch}, case {dispute.case}: {winner}", style="bold")
    text.append(
        f"\n  {dispute.rounds} rounds, {dispute.moves} transactions, gas of the sequencer "
        f"{dispute.sequencer_gas:,}, of the challenger {dispute.challenger_gas:,}"
        f"\n  the step that L1 executed: {dispute.step}"
        f"\n  behind it: the sequencer has {_short(dispute.sequencer_value)}, "
        f"right is {_short(dispute.true_value)}",
        style="not bold",
    )
    return text


def _verdict(result: DemoResult) -> Text:
    honest = result.honest
    if honest.first is not None:
        return Text(f"Verifier, honest part: {honest.first.summary()}", style="red")
    text = (
        f"Verifier, after batch {honest.ordered}: rebuilt the state from L1 alone; {honest.checked} claims of "
        f"h(D) and {honest.checked_states} of h(S) are right"
    )
    return Text(text, style="green")


def _notable(result: DemoResult) -> list[tuple[int, int, Receipt]]:
    return [
        (posted.batch, index, receipt)
        for posted in result.posted
        for index, receipt in enumerate(posted.receipts)
        if receipt.status is not Status.SUCCESS
    ]


def _outcomes(receipts: Sequence[Receipt]) -> dict[str, int]:
    counts = Counter(receipt.status for receipt in receipts)
    return {status: counts[status] for status in Status}


def _short(value: bytes) -> str:
    return f"0x{value.hex()[:8]}…"
