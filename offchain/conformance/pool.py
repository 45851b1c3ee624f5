"""Spreads the jobs of a run over processes. Each keeps its own `Runner` from its first job to its last."""

from __future__ import annotations

import multiprocessing
import queue
import signal
import sys
from collections.abc import Iterator
from multiprocessing.queues import Queue

from offchain.conformance.runner import Job, JobReport, Options, Runner
from offchain.errors import InputError

__all__ = ["run_jobs"]

#: The answer of a worker: a report, or why the input is no good.
_Answer = JobReport | str


def run_jobs(jobs: list[Job], options: Options, processes: int) -> Iterator[JobReport]:
    """The reports of the jobs, in the order in which they are done.

    Raises InputError where a job can't be run; whatever is still running is stopped.
    """
    if processes == 1 or len(jobs) < 2:
        with Runner(options) as runner:
            for job in jobs:
                yield runner.run(job)
        return
    context = multiprocessing.get_context("spawn")
    waiting: Queue[Job | None] = context.Queue()
    done: Queue[_Answer] = context.Queue()
    # Jobs that nobody takes any more must not keep this process from ending.
    waiting.cancel_join_thread()
    for job in jobs:
        waiting.put(job)
    count = min(processes, len(jobs))
    for _ in range(count):
        waiting.put(None)
    workers = [
        context.Process(target=_work, args=(options, waiting, done), daemon=True) for _ in range(count)
    ]
    try:
        for worker in workers:
            worker.start()
        for _ in jobs:
            answer = _next_answer(done, workers)
            if isinstance(answer, str):
                raise InputError(answer)
            yield answer
        for worker in workers:
            worker.join()
    finally:
        for worker in workers:
            if worker.is_alive():
                worker.terminate()
                worker.join()


def _next_answer(done: Queue[_Answer], workers: list[multiprocessing.context.SpawnProcess]) -> _Answer:
    while True:
        try:
            return done.get(timeout=1)
        except queue.Empty:
            # A worker that was killed (say, for lack of memory) never answers.
            dead = [worker.exitcode for worker in workers if worker.exitcode]
            if dead:
                raise InputError(f"a process of the run ended with exit code {dead[0]}") from None


def _work(options: Options, waiting: Queue[Job | None], done: Queue[_Answer]) -> None:
    # Ended from outside, a worker still has to end the anvil that it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        with Runner(options) as runner:
            while (job := waiting.get()) is not None:
                done.put(runner.run(job))
    except InputError as error:
        done.put(str(error))
    except KeyboardInterrupt:
        pass
