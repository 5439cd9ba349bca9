"""Observing on several processors or machines, some files on each.

What comes out is what one process finds; a process that is lost loses nothing.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from functools import partial
from typing import Any

from msgspec.structs import replace

from lossguard.config import Config
from lossguard.observing import Observation, Observe, Observer, Program, alone, load
from lossguard.packing import pack, unpack

CONNECT = 10
"""Seconds to wait for a cluster."""
WORTHWHILE = 50_000
"""Characters of text that names a loss; with less, to start processes takes longer than to go on."""
_HEAVY = 20
"""How much longer it takes to evaluate a file than to see that nothing in it leads to a loss."""
_TASKS = 8
"""How many tasks a process gets, at least, of the files that take little time."""


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_processes(jobs: int) -> Observe:
    """What observes files in at most so many processes, where that is worth it."""

    def observe(program: Program, config: Config, numbers: Sequence[int]) -> Observation:
        count = min(jobs, len(numbers))
        naming = _naming(program, config, numbers) if count > 1 else []
        if len(naming) < 2 or sum(len(program.sources[n].utf8) for n in naming) < WORTHWHILE:
            return alone(program, config, numbers)
        with _processes(count, program, config) as executor:
            return spread(_tasks(program, numbers, naming, count), executor, _observe, program, config)

    return observe


def on_cluster(address: str) -> Observe:
    """What observes files on the workers of a Dask cluster, which see the same disk.

    It raises ModuleNotFoundError without ``distributed``, OSError where nobody answers.
    """

    def observe(program: Program, config: Config, numbers: Sequence[int]) -> Observation:
        import distributed

        connect: Any = distributed.Client  # has no annotations
        with connect(address, timeout=CONNECT) as client, client.get_executor(retries=2) as executor:
            shares = _shares(program, config, numbers, max(1, len(client.scheduler_info()["workers"])))
            return spread(shares, executor, partial(_observe_apart, program, config), program, config)

    return observe


def spread(
    tasks: Sequence[Sequence[int]],
    executor: Executor,
    observe: Callable[[Sequence[int]], bytes],
    program: Program,
    config: Config,
) -> Observation:
    """Observe files by an executor, and here what it gives up; put together what is found.

    tasks: the numbers of the files, those of one task together; observe: what a worker calls with them.
    """
    results: list[Observation] = []
    waiting: dict[Future[bytes], Sequence[int]] = {}
    left: list[int] = []
    with _interrupts_held():
        for task in tasks:
            try:
                waiting[executor.submit(observe, task)] = task
            except RuntimeError:  # a worker has died, and no other takes its place
                left.extend(task)
    for done in as_completed(list(waiting)):
        task = waiting.pop(done)
        try:
            results.append(_interned(unpack(done.result(), Observation)))
        except Exception:  # noqa: BLE001 - what is no loss of a worker happens here again
            left.extend(task)
    if left:
        results.append(alone(program, config, left))
    return Observation.together(results)


def _interned(observation: Observation) -> Observation:
    """The same, each path in it once in this process: those of one library stand in every result."""
    results = (replace(each, reach=tuple(map(sys.intern, each.reach))) for each in observation.results)
    return replace(observation, results=tuple(results))


def _naming(program: Program, config: Config, numbers: Sequence[int]) -> list[int]:
    """The files that name a loss."""
    from lossguard.analysis.vocabulary import Vocabulary

    vocabulary = Vocabulary(config.losses, config.activations)
    return [n for n in numbers if vocabulary.seeds(program.sources[n].text)]


def _tasks(program: Program, numbers: Sequence[int], naming: Sequence[int], jobs: int) -> list[list[int]]:
    """The files that name a loss one by one, the largest first, and behind them the others, many at once."""
    size = {n: len(program.sources[n].utf8) for n in numbers}
    first = sorted(naming, key=size.__getitem__, reverse=True)
    others = sorted(set(numbers) - set(naming), key=size.__getitem__, reverse=True)
    groups = [others[start :: jobs * _TASKS] for start in range(jobs * _TASKS)]
    return [[n] for n in first] + [group for group in groups if group]


def _shares(program: Program, config: Config, numbers: Sequence[int], count: int) -> list[list[int]]:
    """The files in so many shares that take about as long."""
    shares: list[tuple[int, list[int]]] = [(0, []) for _ in range(count)]
    for task in _tasks(program, numbers, _naming(program, config, numbers), count):
        weight = sum(len(program.sources[n].utf8) for n in task) * (_HEAVY if len(task) == 1 else 1)
        least = min(range(count), key=lambda place: shares[place][0])
        shares[least] = shares[least][0] + weight, shares[least][1] + task
    return [share for _, share in shares if share]


# In a worker

_observers: list[Observer] = []


def _prepare(program: Program, config: Config) -> None:
    """Prepare a process to observe files of one program, and to die at once when it is interrupted."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.freeze()  # what was there before is neither looked through for garbage nor copied by that
    _observers[:] = [Observer(program, config)]


def _observe(numbers: Sequence[int]) -> bytes:
    return pack(_observers[0].observe(numbers))


def _observe_apart(program: Program, config: Config, numbers: Sequence[int]) -> bytes:
    return pack(alone(program, config, numbers))


@contextmanager
def _processes(count: int, program: Program, config: Config) -> Iterator[Executor]:
    """Processes that end at once when this one is interrupted."""
    forks = _may_fork()
    if forks:
        load()  # once for all of them, which are copies of this one
    context = multiprocessing.get_context("fork" if forks else "spawn")
    executor = ProcessPoolExecutor(count, context, _prepare, (program, config))
    try:
        yield executor
    except BaseException:
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        executor.shutdown(cancel_futures=True)


def _may_fork() -> bool:
    """Whether a process may be copied as it is: quick, and safe only where nothing else runs in it."""
    return sys.platform == "linux" and threading.active_count() == 1


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
