"""No process outlives the run that started it: not the workers of a pool, and not an anvil, whatever ends the run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from offchain.conformance import anvil
from offchain.conformance.held_signals import held_signals
from offchain.conformance.pool import run_in_pool
from offchain.demo import network
from offchain.errors import InputError
from tests.support.slow_worker import open_worker

ROOT = Path(__file__).parents[3]
PATIENCE = 60.0  # seconds; reached only where something hangs


def seen(folder: Path, what: str) -> set[int]:
    return {int(path.name.split("-")[1]) for path in folder.glob(f"{what}-*")}


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it does not come to pass"
        time.sleep(0.02)


def test_processes_give_every_answer_once(tmp_path: Path) -> None:
    with closing(run_in_pool(range(20), partial(open_worker, tmp_path), 2)) as running:
        assert sorted(running) == [number * number for number in range(20)]
    assert seen(tmp_path, "begun") == seen(tmp_path, "closed")


@pytest.mark.parametrize("processes", [1, 2])
def test_a_job_that_is_no_good_ends_the_run_and_its_processes(tmp_path: Path, processes: int) -> None:
    running = run_in_pool([2, -1, *[1_000] * 2], partial(open_worker, tmp_path), processes)
    with pytest.raises(InputError, match="a negative number"):
        list(running)
    assert seen(tmp_path, "begun") == seen(tmp_path, "closed")
    assert not [process for process in seen(tmp_path, "begun") - {os.getpid()} if is_alive(process)]


RUN = """
import sys
from functools import partial
from pathlib import Path
from contextlib import closing
from offchain.cli.signals import signals_as_exits
from offchain.conformance.pool import run_in_pool
from tests.support.slow_worker import open_worker
if __name__ == "__main__":
    with signals_as_exits(), closing(run_in_pool([1_000] * 9, partial(open_worker, Path(sys.argv[1])), 2)) as running:
        list(running)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_to_the_run_alone_ends_its_processes_which_clean_up(
    tmp_path: Path, number: signal.Signals
) -> None:
    script = tmp_path / "script.py"
    script.write_text(RUN)
    command = [sys.executable, str(script), str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as run:
        try:
            wait_until(lambda: len(seen(tmp_path, "begun")) == 2 or run.poll() is not None)
            run.send_signal(number)
            _, errors = run.communicate(timeout=PATIENCE)
        finally:
            run.kill()
    workers = seen(tmp_path, "begun")
    assert len(workers) == 2, errors
    wait_until(lambda: not any(map(is_alive, workers)))
    assert seen(tmp_path, "closed") == workers
    assert "SpawnProcess" not in errors  # no traceback of a worker


@pytest.fixture
def patient_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In anvil's place: a program that never answers; the file that it writes holds its number."""
    found = tmp_path / "number"
    program = tmp_path / "anvil"
    program.write_text(f"#!/bin/sh\necho $$ > {found}.tmp; mv {found}.tmp {found}; exec sleep 600\n")
    program.chmod(0o755)
    monkeypatch.setattr(anvil, "find_anvil", lambda: program)
    monkeypatch.setattr(network, "find_anvil", lambda: str(program))
    return found


class Ended(BaseException):
    """What a signal raises."""


@pytest.mark.parametrize("start", [anvil.AnvilNode, network.private_anvil])
def test_an_anvil_that_is_starting_when_the_command_is_ended_is_ended_too(
    patient_node: Path, monkeypatch: pytest.MonkeyPatch, start: Callable[[], anvil.AnvilNode]
) -> None:
    def sleep(seconds: float) -> None:
        del seconds
        if patient_node.exists():
            raise Ended

    monkeypatch.setattr(time, "sleep", sleep)
    with pytest.raises(Ended), start():
        pytest.fail("it can't have started")
    assert not is_alive(int(patient_node.read_text()))


def test_signals_wait_until_the_process_is_known() -> None:
    arrived: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: arrived.append(number))
    try:
        with held_signals():
            os.kill(os.getpid(), signal.SIGTERM)
            assert arrived == []
        assert arrived == [signal.SIGTERM]
        os.kill(os.getpid(), signal.SIGTERM)
        assert len(arrived) == 2
    finally:
        signal.signal(signal.SIGTERM, before)
