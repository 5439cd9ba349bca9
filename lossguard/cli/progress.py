"""A sign of life on standard error while a long check runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

DELAY = 1.0
"""Seconds before anything is shown."""


@contextmanager
def progress(message: str) -> Iterator[None]:
    """Show a moving bar if the work within takes longer than ``DELAY`` and standard error is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from threading import Lock, Timer

    with ExitStack() as shown:
        over = Lock()

        def show() -> None:
            with over:
                shown.enter_context(_bar(message))

        timer = Timer(DELAY, show)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            over.acquire()


@contextmanager
def _bar(message: str) -> Iterator[None]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        bar.add_task(message, total=None)
        yield
