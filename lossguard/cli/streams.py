"""Standard output and standard error."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from lossguard.cli.errors import CommandError


class OutputClosedError(Exception):
    """Nobody reads standard output any more."""


def write_out(text: str | bytes) -> None:
    """Write findings, documentation, or the content of a file as it is.

    Raises OutputClosedError where the reader has gone, CommandError for any other failure.
    """
    try:
        with _standard_output() as stream:
            if isinstance(text, bytes):
                stream.buffer.write(text)
            else:
                stream.write(text)
            stream.flush()
    except OSError as error:
        # What is still buffered would fail again when the interpreter exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise OutputClosedError from error
        raise CommandError(f"standard output: {error.strerror}") from error


@contextmanager
def _standard_output() -> Iterator[TextIO]:
    """Standard output, buffered: without (``PYTHONUNBUFFERED``) Python drops what a pipe does not take."""
    stream = sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
        if isinstance(stream.buffer, io.RawIOBase):
            same = io.FileIO(stream.fileno(), "w", closefd=False)
            with io.TextIOWrapper(io.BufferedWriter(same), stream.encoding, stream.errors) as buffered:
                yield buffered
            return
    yield stream


def tell(text: str) -> None:
    """Write a line to standard error, if there still is one."""
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors="backslashreplace")
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def colour_wanted() -> bool:
    """Whether standard output is a terminal that shows colours, and nobody asked for none (``NO_COLOR``)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
