"""Spreads the jobs of a run over processes, none of which outlives it, whatever ends it."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import queue
import signal
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from multiprocessing.context import SpawnProcess
from multiprocessing.queues import Queue
from typing import Any, Final, TypeVar

from offchain.errors import InputError

__all__ = ["OpenWorker", "run_in_pool"]

_Job = TypeVar("_Job")
_Report = TypeVar("_Report")

#: Opens what one process needs from its first job to its last, and gives what runs a job. It has to be picklable.
OpenWorker = Callable[[], AbstractContextManager[Callable[[_Job], _Report]]]

_ENDING: Final = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h
_LAST_SECONDS: Final = 20.0  # that a worker has to close what it opened


class _Refused(str):
    """The answer of a worker whose input is no good: why."""

    __slots__ = ()


def run_in_pool(
    jobs: Sequence[_Job], open_worker: OpenWorker[_Job, _Report], processes: int
) -> Generator[_Report, None, None]:
    """The reports of the jobs, in the order in which they are done.

    Raises InputError where a job can't be run. However it is left (an exception, a signal, `close`), its processes
    are ended first; close it, so that it is left at once.
    """
    if processes == 1 or len(jobs) < 2:
        with open_worker() as run:
            for job in jobs:
                yield run(job)
        return
    context = multiprocessing.get_context("spawn")
    waiting: Queue[_Job | None] = context.Queue()
    done: Queue[_Report | _Refused] = context.Queue()
    # Jobs that nobody takes any more must not keep this process from ending.
    waiting.cancel_join_thread()
    count = min(processes, len(jobs))
    for job in jobs:
        waiting.put(job)
    for _ in range(count):
        waiting.put(None)
    arguments = (os.getpid(), open_worker, waiting, done)
    workers = [context.Process(target=_work, args=arguments, daemon=True) for _ in range(count)]
    try:
        with _signals_later():
            for worker in workers:
                worker.start()
        for _ in jobs:
            answer = _next_answer(done, workers)
            if isinstance(answer, _Refused):
                raise InputError(answer)
            yield answer
        for worker in workers:
            worker.join()
    finally:
        _end(workers)


@contextmanager
def _signals_later() -> Iterator[None]:
    """Neither we nor a process that is being started takes a signal; the process does when it is ready for them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end(workers: Sequence[SpawnProcess]) -> None:
    started = [worker for worker in workers if worker.pid is not None]
    for worker in started:
        worker.terminate()
    for worker in started:
        worker.join(_LAST_SECONDS)
        if worker.is_alive():
            worker.kill()
            worker.join()


def _next_answer(done: Queue[_Report | _Refused], workers: Sequence[SpawnProcess]) -> _Report | _Refused:
    while True:
        try:
            return done.get(timeout=1)
        except queue.Empty:
            # A worker that was killed (say, for lack of memory) never answers.
            dead = [worker.exitcode for worker in workers if worker.exitcode]
            if dead:
                raise InputError(f"a process of the run ended with exit code {dead[0]}") from None


def _work(
    parent: int,
    open_worker: OpenWorker[Any, Any],
    waiting: Queue[Any],
    done: Queue[Any],
) -> None:
    _take_signals(parent, done)
    try:
        with open_worker() as run:
            while (job := waiting.get()) is not None:
                done.put(run(job))
    except InputError as error:
        done.put(_Refused(error))


def _take_signals(parent: int, done: Queue[Any]) -> None:
    """SIGTERM, which also says that the parent is gone, ends us with all that we opened; Ctrl-C is the parent's."""

    def end(number: int, frame: object) -> None:
        del frame
        for other in _ENDING:  # a second one must not interrupt the cleaning up
            signal.signal(other, signal.SIG_IGN)
        done.cancel_join_thread()  # nobody may be left who reads it
        sys.exit(128 + number)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in _ENDING - {signal.SIGINT}:
        signal.signal(number, end)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    if os.getppid() != parent:  # it was gone before we asked to be told
        sys.exit(1)
