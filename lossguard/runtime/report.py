"""``report``: what the guards and watches of this process have seen, done and left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from lossguard.runtime.tally import Tally, totals

_HEAD = ("loss", "calls", "judged", "values read", "findings", "time")


@dataclass(frozen=True, slots=True)
class LossReport:
    """What was done about the calls of one loss.

    calls: those that were seen; calls inside a compiled graph are not.
    judged: calls whose metadata and provenance were new, and were judged; the other ones looked like these.
    read: calls whose values were read; ``unread``: those that were due, by the reason why they were not.
    skipped: calls that were not looked at, by the reason.
    findings: how many, by code.
    seconds: spent on judging and reading; recognising a known call, about a microsecond, is not counted.
    """

    loss: str
    calls: int
    judged: int
    read: int
    unread: Mapping[str, int]
    skipped: Mapping[str, int]
    findings: Mapping[str, int]
    seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """What was done about all losses that were called; prints as a table."""

    losses: tuple[LossReport, ...]

    @property
    def calls(self) -> int:
        """Every call that was seen."""
        return sum(each.calls for each in self.losses)

    @property
    def findings(self) -> Mapping[str, int]:
        """How many findings there were, by code."""
        total: Counter[str] = Counter()
        for each in self.losses:
            total.update(each.findings)
        return dict(sorted(total.items()))

    @property
    def seconds(self) -> float:
        """Time spent on judging and reading."""
        return sum(each.seconds for each in self.losses)

    def __str__(self) -> str:
        if not self.losses:
            return "lossguard: no loss was called under a guard or a watch"
        rows = [_HEAD, *map(_row, self.losses)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
        table = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
        ]
        return "\n".join([*(line.rstrip() for line in table), *_remarks(self.losses)])


def report() -> Report:
    """Say what the guards and watches of this process have done so far, by loss."""
    return Report(tuple(_of(tally) for tally in totals() if tally.calls))


def _of(tally: Tally) -> LossReport:
    return LossReport(
        tally.loss,
        tally.calls,
        tally.judged,
        tally.read,
        dict(tally.unread),
        dict(tally.skipped),
        dict(sorted(tally.findings.items())),
        tally.seconds,
    )


def _row(each: LossReport) -> tuple[str, ...]:
    findings = ", ".join(f"{code} x{count}" for code, count in each.findings.items()) or "none"
    counts = (each.calls, each.judged, each.read)
    return (each.loss, *map(str, counts), findings, f"{each.seconds * 1e3:.1f} ms")


def _remarks(losses: tuple[LossReport, ...]) -> list[str]:
    skipped: Counter[str] = Counter()
    unread: Counter[str] = Counter()
    for each in losses:
        skipped.update(each.skipped)
        unread.update(each.unread)
    return [
        *(f"not looked at: {count} calls, {reason}" for reason, count in skipped.most_common()),
        *(f"values not read: {count} calls, {reason}" for reason, count in unread.most_common()),
    ]
