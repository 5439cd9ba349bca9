"""Checking on several processors or machines, a program that shares nothing with the others on each.

What comes out is what one process finds; a process that is lost loses nothing.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from typing import Any

from lossguard import checker
from lossguard.analysis.partition import programs
from lossguard.analysis.project import common_folder
from lossguard.checker import Input, Result
from lossguard.config import Config

CONNECT = 10
"""Seconds to wait for a cluster."""


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def check(given: Input, config: Config, jobs: int) -> Result:
    """Check programs in so many processes; in this one where they are one program."""
    parts = _parts(given)
    if min(jobs, len(parts)) < 2:
        return checker.check(given, config)
    with _processes(min(jobs, len(parts))) as executor:
        return spread(parts, given, config, executor)


def check_on(address: str, given: Input, config: Config) -> Result:
    """Check programs on the workers of a Dask cluster, which see the same files.

    Raises ModuleNotFoundError without ``distributed``, OSError where nobody answers.
    """
    import distributed

    connect: Any = distributed.Client  # has no annotations
    with connect(address, timeout=CONNECT) as client, client.get_executor(retries=2) as executor:
        return spread(_parts(given), given, config, executor)


def check_part(part: Input, config: Config) -> Result:
    """Check a program of its own: what a worker does."""
    return checker.check(part, config)


def spread(parts: Sequence[Input], given: Input, config: Config, executor: Executor) -> Result:
    """Check the parts by an executor, and here what it gives up; put together what is found."""
    results = [checker.check(Input((), given.unreadable), config)]
    tasks: dict[Future[Result], Input] = {}
    left: list[Input] = []
    for part in parts:
        try:
            tasks[executor.submit(check_part, part, config)] = part
        except RuntimeError:  # a worker has died, and no other takes its place
            left.append(part)
    for task in as_completed(tasks):
        try:
            results.append(task.result())
        except Exception:  # noqa: BLE001 - what is no loss of a worker happens here again
            left.append(tasks[task])
    results.extend(checker.check(part, config) for part in left)
    return checker.together(results)


def _parts(given: Input) -> list[Input]:
    sources = [source for source in given.sources if not source.ignored]
    top = common_folder(source.file for source in sources if source.file is not None)
    return [Input(part, top=top) for part in programs(sources)]


@contextmanager
def _processes(count: int) -> Iterator[Executor]:
    """Processes that end at once when this one is interrupted."""
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(count, context, _die_when_interrupted)
    try:
        yield executor
    except BaseException:
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        executor.shutdown(cancel_futures=True)


def _die_when_interrupted() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
