"""The result of a run, as tables for people and as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from offchain.bench.measure import Entry, Measured

__all__ = ["as_json", "machine", "print_report"]

DECODING_TARGET: Final = 60  # microseconds an item
_BASELINE: Final = "py-evm"


def machine() -> dict[str, str]:
    """What the figures depend on: processor, cores, Python, system. No names of hosts."""
    return {
        "cpu": _cpu_name(),
        "cores": str(os.cpu_count()),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
    }


def print_report(console: Console, results: Sequence[Measured], rounds: int, accounts: int) -> None:
    """The tables."""
    about = machine()
    console.print(f"{about['cpu']}, {about['cores']} cores, {about['python']}, {about['system']}")
    console.print(
        f"median of {rounds} rounds; {accounts:,} other accounts in the state; signatures recovered before"
    )
    table = Table(box=None, pad_edge=False)
    for name in ("workload", "EVM", "state"):
        table.add_column(name, overflow="fold")
    for name in ("execute", "× py-evm", "+ h(D), commit", "target"):
        table.add_column(name, justify="right", overflow="fold")
    for result in results:
        if result is not results[0]:
            table.add_row()
        baseline = _baseline(result)
        for index, entry in enumerate(result.entries):
            rate = _rate(result, entry)
            ours = bool(sum(entry.root))
            table.add_row(
                "" if index else result.workload.title,
                entry.contender if entry.agrees else f"[red]{entry.contender}: WRONG STATE",
                entry.store,
                _rate_text(result, rate),
                f"{rate / baseline:.1f}" if baseline else "",
                _rate_text(result, _rate(result, entry, whole=True)) if ours else "",
                _rate_text(result, result.workload.target) if not index and result.workload.target else "",
            )
    console.print(table)
    console.print()
    table = Table(box=None, pad_edge=False)
    for name in ("microseconds an item", "EVM", "state"):
        table.add_column(name, overflow="fold")
    for name in ("decode, recover", "execute", "h(D)", "commit"):
        table.add_column(name, justify="right", overflow="fold")
    for result in results:
        for index, entry in enumerate(result.entries):
            if sum(entry.root):
                parts = _microseconds(entry)
                table.add_row(
                    "" if index else result.workload.title,
                    entry.contender,
                    entry.store,
                    "" if index else f"{result.decoding * 1e6:.1f}",
                    *(f"{parts[name]:,.1f}" for name in ("execute", "root", "commit")),
                )
    console.print(table)
    console.print(f"target for decoding and sender recovery: at most {DECODING_TARGET}")


def as_json(results: Sequence[Measured], rounds: int, accounts: int) -> str:
    """One object: the machine, the settings, a list of workloads with a list of entries each."""
    return json.dumps(
        {
            "machine": machine(),
            "rounds": rounds,
            "accounts": accounts,
            "workloads": [_workload_as_json(result) for result in results],
        },
        indent=2,
    )


def _workload_as_json(result: Measured) -> dict[str, Any]:
    workload = result.workload
    baseline = _baseline(result)
    return {
        "name": workload.name,
        "unit": "gas/s" if workload.counts_gas else "transactions/s",
        "target": workload.target,
        "decodingMicroseconds": result.decoding * 1e6,
        "entries": [
            {
                "evm": entry.contender,
                "state": entry.store,
                "items": entry.items,
                "gas": entry.gas,
                "agrees": entry.agrees,
                "rate": _rate(result, entry),
                "rateWithRootAndCommit": _rate(result, entry, whole=True) if sum(entry.root) else None,
                "timesPyEvm": _rate(result, entry) / baseline if baseline else None,
                "microsecondsAnItem": _microseconds(entry),
                "samples": {"execute": entry.execute, "root": entry.root, "commit": entry.commit},
            }
            for entry in result.entries
        ],
    }


def _rate(result: Measured, entry: Entry, *, whole: bool = False) -> float:
    """Transactions or gas a second."""
    return (entry.gas if result.workload.counts_gas else entry.items) / entry.seconds(whole=whole)


def _rate_text(result: Measured, rate: float) -> str:
    return f"{rate / 1e6:,.1f} Mgas/s" if result.workload.counts_gas else f"{rate:,.0f} tx/s"


def _baseline(result: Measured) -> float | None:
    return next((_rate(result, e) for e in result.entries if e.contender.startswith(_BASELINE)), None)


def _microseconds(entry: Entry) -> dict[str, float]:
    scale = 1e6 / entry.items
    parts = {"execute": entry.execute, "root": entry.root, "commit": entry.commit}
    return {name: sorted(samples)[len(samples) // 2] * scale for name, samples in parts.items()}


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    return next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")),
        "unknown processor",
    )
