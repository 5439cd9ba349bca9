"""What the guard did, counted: one tally for each loss that is looked at."""

from __future__ import annotations

import weakref
from collections import Counter
from threading import Lock


class Tally:
    """Counts the looks at the calls of one loss.

    calls: every call that was seen.
    known: calls whose metadata and provenance were those of an earlier call, so that nothing was left to do.
    judged: calls whose metadata and provenance were judged.
    read: calls whose values were read.
    skipped: calls that were not judged, by the reason.
    unread: calls due to have their values read that were not, by the reason.
    findings: by code.
    seconds: time spent on judging and reading; a known call is not timed.
    """

    __slots__ = ("calls", "findings", "judged", "loss", "read", "seconds", "skipped", "unread")

    def __init__(self, loss: str) -> None:
        self.loss = loss
        self.clear()

    def clear(self) -> None:
        """Start anew."""
        self.calls = self.judged = self.read = 0
        self.seconds = 0.0
        self.skipped: Counter[str] = Counter()
        self.unread: Counter[str] = Counter()
        self.findings: Counter[str] = Counter()

    @property
    def known(self) -> int:
        """Calls that looked like an earlier one."""
        return max(0, self.calls - self.judged - self.skipped.total())

    def add(self, other: Tally) -> None:
        """Add the counts of another tally."""
        self.calls += other.calls
        self.judged += other.judged
        self.read += other.read
        self.seconds += other.seconds
        self.skipped += other.skipped
        self.unread += other.unread
        self.findings += other.findings


_OPEN: dict[int, Tally] = {}
_CLOSED: dict[str, Tally] = {}
_LOCK = Lock()


def tally_for(owner: object, loss: str) -> Tally:
    """Open the tally of an owner; what it counted outlives the owner."""
    tally = Tally(loss)
    with _LOCK:
        _OPEN[id(tally)] = tally
    weakref.finalize(owner, _close, tally).atexit = False
    return tally


def _close(tally: Tally) -> None:
    with _LOCK:
        _OPEN.pop(id(tally), None)
        _CLOSED.setdefault(tally.loss, Tally(tally.loss)).add(tally)


def totals() -> list[Tally]:
    """Give one tally a loss, those of losses that are gone among them."""
    found: dict[str, Tally] = {}
    with _LOCK:
        for tally in (*_CLOSED.values(), *_OPEN.values()):
            found.setdefault(tally.loss, Tally(tally.loss)).add(tally)
    return [found[loss] for loss in sorted(found)]


def clear() -> None:
    """Forget what was counted."""
    with _LOCK:
        _CLOSED.clear()
        for tally in _OPEN.values():
            tally.clear()
