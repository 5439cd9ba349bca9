"""Checking on several processors or machines, a program that shares nothing with the others on each.

What comes out is what one process finds; a process that is lost loses nothing.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from typing import Any

from lossguard.analysis.disk import common_folder
from lossguard.assessment import Assess, Assessment, Program, together
from lossguard.config import Config

CONNECT = 10
"""Seconds to wait for a cluster."""


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_processes(jobs: int, assess: Assess) -> Assess:
    """What assesses a program in so many processes, by parts that share nothing."""

    def whole(program: Program, config: Config) -> Assessment:
        parts = _parts(program)
        if min(jobs, len(parts)) < 2:
            return together(assess(part, config) for part in parts)
        with _processes(min(jobs, len(parts))) as executor:
            return spread(parts, config, executor, assess)

    return whole


def on_cluster(address: str, assess: Assess) -> Assess:
    """What assesses a program on the workers of a Dask cluster, which see the same files.

    It raises ModuleNotFoundError without ``distributed``, OSError where nobody answers.
    """

    def whole(program: Program, config: Config) -> Assessment:
        import distributed

        connect: Any = distributed.Client  # has no annotations
        with connect(address, timeout=CONNECT) as client, client.get_executor(retries=2) as executor:
            return spread(_parts(program), config, executor, assess)

    return whole


def spread(parts: Sequence[Program], config: Config, executor: Executor, assess: Assess) -> Assessment:
    """Assess the parts by an executor, and here what it gives up; put together what is found."""
    results: list[Assessment] = []
    tasks: dict[Future[Assessment], Program] = {}
    left: list[Program] = []
    with _interrupts_held():
        for part in parts:
            try:
                tasks[executor.submit(assess, part, config)] = part
            except RuntimeError:  # a worker has died, and no other takes its place
                left.append(part)
    for task in as_completed(tasks):
        try:
            results.append(task.result())
        except Exception:  # noqa: BLE001 - what is no loss of a worker happens here again
            left.append(tasks[task])
    results.extend(assess(part, config) for part in left)
    return together(results)


def _parts(program: Program) -> list[Program]:
    from lossguard.analysis.partition import programs

    top = common_folder(source.file for source in program.sources if source.file is not None)
    return [Program(part, top) for part in programs(program.sources)]


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


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Let an interrupt wait: one that comes while processes are started leaves them half-started."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt


def _die_when_interrupted() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
