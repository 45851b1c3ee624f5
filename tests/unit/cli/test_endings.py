"""However a command ends, by a signal or because nobody reads on, it cleans up and says so by its exit code."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from offchain.cli import signals
from offchain.cli.main import main
from tests.support.state_tests import state_test, write

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command line; returns (exit code, errors). Nothing must have been printed."""

    def call(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["deltaroll", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            main()
        printed = capsys.readouterr()
        assert printed.out == ""
        assert isinstance(caught.value.code, int)
        return caught.value.code, printed.err

    return call


@pytest.fixture
def handlers() -> Iterator[None]:
    """The handlers as they were."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def demo_that_is_sent(monkeypatch: pytest.MonkeyPatch, number: signal.Signals, folder: Path) -> None:
    """`deltaroll demo` gets the signal where it would connect, with its temporary folder made."""
    monkeypatch.setattr(tempfile, "tempdir", str(folder))

    def connect(name: str) -> None:
        del name
        (made,) = folder.iterdir()
        assert made.name.startswith("deltaroll-demo-")
        os.kill(os.getpid(), number)

    monkeypatch.setattr("offchain.demo.network.open_network", connect)


@pytest.mark.parametrize(
    ("number", "code", "line"),
    [
        (signal.SIGINT, 130, "deltaroll: interrupted"),
        (signal.SIGTERM, 143, "deltaroll: ended by SIGTERM"),
        (signal.SIGHUP, 129, "deltaroll: ended by SIGHUP"),
    ],
)
def test_a_demo_that_is_ended_by_a_signal_says_so_and_leaves_no_folder(
    monkeypatch: pytest.MonkeyPatch,
    handlers: None,
    run: Run,
    tmp_path: Path,
    number: signal.Signals,
    code: int,
    line: str,
) -> None:
    monkeypatch.setattr(signals, "_SIGINT_AT_START", signal.default_int_handler)
    for other in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_DFL)
    demo_that_is_sent(monkeypatch, number, tmp_path)
    assert run("demo") == (code, f"\n{line}\n" if number == signal.SIGINT else f"{line}\n")
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_an_interrupt_that_ape_took_is_told_too(
    monkeypatch: pytest.MonkeyPatch, handlers: None, run: Run, tmp_path: Path
) -> None:
    monkeypatch.setattr(signals, "_SIGINT_AT_START", lambda *_: sys.exit(130))  # as ape's handler does
    demo_that_is_sent(monkeypatch, signal.SIGINT, tmp_path)
    assert run("demo") == (130, "deltaroll: interrupted\n")


def test_a_signal_that_the_caller_ignores_stays_ignored(handlers: None) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with signals.signals_as_exits():
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def without_reader(*arguments: object, both: bool = False) -> tuple[int, bytes]:
    """(exit code, errors) of a command whose output, and with ``both`` whose errors, nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-c", "from offchain.cli.main import main; main()", *map(str, arguments)]
    try:
        done = subprocess.run(
            command, stdout=writing, stderr=writing if both else subprocess.PIPE, check=False
        )
    finally:
        os.close(writing)
    return done.returncode, done.stderr or b""


@pytest.mark.parametrize("options", [[], ["--verbose"]], ids=["table", "verbose"])
def test_a_table_whose_reader_went_away_is_no_failure(tmp_path: Path, options: list[str]) -> None:
    path = write(tmp_path / "own.json", own=state_test())
    assert without_reader("statetest", path, *options) == (141, b"")


def test_json_whose_reader_went_away_is_no_failure(tmp_path: Path) -> None:
    path = write(tmp_path / "own.json", own=state_test())
    assert without_reader("statetest", path, "--json") == (141, b"")


def test_help_whose_reader_went_away_is_quiet() -> None:
    assert without_reader("--help") == (141, b"")


def test_bad_input_has_its_exit_code_though_nobody_reads_the_line(tmp_path: Path) -> None:
    assert without_reader("statetest", tmp_path / "none.json", both=True)[0] == 2
