"""However narrow the terminal is, the tables show all that they have: what does not fit is folded, never cut."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from offchain.conformance.checks import CaseResult
from offchain.conformance.report import print_report
from offchain.demo.report import print_batches
from offchain.evm.receipt import Status

CASES = [
    CaseResult(f"eest/stOfALongName/inner{number % 3}/a.json", f"a_case[fork_Osaka-{number}]", "Osaka", True)
    for number in range(3_000)
]


def printed(width: int, show: Callable[[Console], None]) -> str:
    output = io.StringIO()
    show(Console(file=output, width=width))
    return output.getvalue()


def characters(text: str) -> Counter[str]:
    return Counter("".join(text.split()))


def demo_result() -> Any:
    """As much of a `DemoResult` as the table of batches looks at."""
    receipts = [SimpleNamespace(status=status) for status in Status]
    posted = [
        SimpleNamespace(
            batch=number,
            receipts=receipts * number,
            gas_used=1_008_000 * number,
            size=5_902,
            entries=number,
            diff_root=bytes([number]) * 32,
            sent=SimpleNamespace(gas_used=291_471),
        )
        for number in range(1, 14)
    ]
    return SimpleNamespace(posted=posted, titles=["a token and a workshop are deployed"] * 13)


@pytest.mark.parametrize("width", [79, 60, 40, 30])
@pytest.mark.parametrize("verbose", [False, True])
def test_the_table_of_a_statetest_loses_nothing(width: int, verbose: bool) -> None:
    narrow, wide = (printed(at, lambda console: print_report(console, CASES, verbose)) for at in (width, 200))
    assert max(map(len, narrow.splitlines())) <= width
    assert characters(narrow) == characters(wide)


@pytest.mark.parametrize("width", [79, 60, 40, 30])
def test_the_table_of_the_demo_loses_nothing(width: int) -> None:
    narrow, two = (printed(at, lambda console: print_batches(console, demo_result())) for at in (width, 109))
    assert max(map(len, narrow.splitlines())) <= width
    assert characters(narrow) == characters(two)


def test_the_two_tables_of_a_narrow_demo_have_the_figures_of_the_one() -> None:
    one, two = (printed(at, lambda console: print_batches(console, demo_result())) for at in (140, 60))
    assert set(one.split()) == set(two.split())
