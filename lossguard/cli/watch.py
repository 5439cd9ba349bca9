"""``lossguard check --watch``: check again whenever a file changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from lossguard.cli.check import STDIN
from lossguard.cli.errors import CommandError
from lossguard.cli.streams import tell
from lossguard.discovery import SUFFIXES

CONFIGURATION = ("pyproject.toml", "lossguard.toml")


def watch(paths: Sequence[str], check: Callable[[], object]) -> None:
    """Check now, and after every change of a program or a configuration below the paths, until interrupted.

    A user's mistake is told and waited out. Raises CommandError for standard input, and where
    watchfiles is not installed.
    """
    if STDIN in paths:
        raise CommandError("--watch is for files, not for standard input (-)")
    try:
        from watchfiles import Change, DefaultFilter
        from watchfiles import watch as changes
    except ModuleNotFoundError as error:
        raise CommandError("--watch needs watchfiles: pip install 'lossguard[watch]'") from error

    class Programs(DefaultFilter):
        def __call__(self, change: Change, path: str) -> bool:
            concerns = path.endswith(SUFFIXES) or Path(path).name in CONFIGURATION
            return concerns and super().__call__(change, path)

    _checked(check)
    for changed in changes(*paths, watch_filter=Programs(), raise_interrupt=True):
        tell(f"\nChanged: {', '.join(sorted({Path(path).name for _, path in changed}))}")
        _checked(check)


def _checked(check: Callable[[], object]) -> None:
    try:
        check()
    except CommandError as error:
        tell(f"lossguard: {error}")
