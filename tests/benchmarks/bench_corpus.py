"""Checks a folder of clones, holds the findings against labels, and counts what was decided.

    python -m tests.benchmarks.bench_corpus FOLDER [--labels FOLDER] [--only TEXT] [--jobs N]

Every folder in FOLDER is a clone, called OWNER+NAME or OWNER+NAME@COMMIT. The labels are ``positives.json``
(misuses: ``repo``, ``path``, ``line``, ``code``, ``cell``) and ``negatives.json`` (look-alikes, without
``code``). Each clone is checked in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypedDict

Row = dict[str, Any]


class Found(TypedDict):
    """What checking one clone gave."""

    clone: str
    seconds: float
    megabytes: int
    slowest: tuple[str, float]
    verdicts: dict[str, int]
    reasons: dict[str, int]
    findings: list[Row]


def _clocked() -> Counter[str]:
    """Let the analysis add up, by file, the CPU milliseconds that its entry points take."""
    from lossguard.analysis.entries import EntryPoints
    from lossguard.analysis.interpreter.machine import Site

    taken: Counter[str] = Counter()
    enter = EntryPoints._entry

    def timed(self: EntryPoints, run: Callable[[], object], site: Site, *rest: Any, **named: Any) -> None:
        started = time.process_time_ns()
        enter(self, run, site, *rest, **named)
        taken[site.frame.module.source.path] += (time.process_time_ns() - started) // 1_000_000

    EntryPoints._entry = timed  # type: ignore[method-assign]
    return taken


def _raw_line(path: str, cell: int | None, line: int) -> int:
    """The line of the file itself at which a line of a notebook's cell stands."""
    if cell is None:
        return line
    text = Path(path).read_text(encoding="utf-8")
    raw = [each.strip().removesuffix(",") for each in text.splitlines()]
    at = 0
    for number, each in enumerate(json.loads(text)["cells"], 1):
        source = each["source"]
        for n, content in enumerate(
            source.splitlines(keepends=True) if isinstance(source, str) else source, 1
        ):
            written = {json.dumps(content), json.dumps(content, ensure_ascii=False)}
            at = next((k for k in range(at, len(raw)) if raw[k] in written), at - 1) + 1
            if (number, n) == (cell, line):
                return at
    return line


def examine(clone: Path) -> Found:
    """Check one clone, in this process."""
    from lossguard import calls_in

    taken = _clocked()
    calls = calls_in([clone])
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return Found(
        clone=clone.name,
        seconds=round(usage.ru_utime + usage.ru_stime, 1),
        megabytes=usage.ru_maxrss // 1024,
        slowest=next(((path, ms / 1000) for path, ms in taken.most_common(1)), ("", 0.0)),
        verdicts=Counter(call.verdict.value for call in calls),
        reasons=Counter(call.reason for call in calls if call.verdict.value == "undecided"),
        findings=[
            {
                "path": str(Path(finding.span.path).resolve().relative_to(clone.resolve())),
                "line": finding.span.line,
                "cell": finding.span.cell,
                "raw": _raw_line(finding.span.path, finding.span.cell, finding.span.line),
                "call": _raw_line(call.span.path, call.span.cell, call.span.line),
                "code": finding.code,
                "message": finding.message,
            }
            for call in calls
            for finding in call.diagnostics
        ],
    )


def _examined(clone: Path) -> Found:
    command = [sys.executable, "-m", "tests.benchmarks.bench_corpus", str(clone), "--one"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{clone}: {done.stderr}")
    found: Found = json.loads(done.stdout)
    return found


def _labels(folder: Path | None, name: str, clone: str) -> list[Row]:
    if folder is None:
        return []
    repo, _, commit = clone.partition("@")
    rows: list[Row] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return [
        row
        for row in rows
        if row["repo"].replace("/", "+") == repo and (not commit or row["commit"].startswith(commit))
    ]


def _place(label: Row) -> tuple[str, int, int | None]:
    """Where a label stands: ``cell`` ``c9``, or a ``line`` ``c9:12``, is the tenth cell of a notebook."""
    cell, line = label.get("cell"), label["line"]
    if isinstance(line, str):
        cell, _, line = line.partition(":")
    return label["path"], int(line), None if cell is None else int(cell.removeprefix("c")) + 1


def _same_place(label: Row, finding: Row) -> bool:
    """Whether a finding stands where a label does: at the line of the loss call, or of the argument in it."""
    path, line, cell = _place(label)
    if cell is None:
        return path == finding["path"] and line in (finding["raw"], finding["call"])
    return (path, line, cell) == (finding["path"], finding["line"], finding["cell"])


def _plain(reason: str) -> str:
    """A reason without the names of one program."""
    return re.sub(r"`[^`]*`", "`…`", reason)


def _report(found: Found, labels: Path | None) -> tuple[int, int, int]:
    positives, negatives = (_labels(labels, name, found["clone"]) for name in ("positives", "negatives"))
    hit = [
        label
        for label in positives
        if any(_same_place(label, f) and f["code"] in label["code"] for f in found["findings"])
    ]
    alarms = [label for label in negatives if any(_same_place(label, f) for f in found["findings"])]
    for finding in found["findings"]:
        labelled = any(_same_place(label, finding) for label in positives)
        place = f"{finding['path']}:{finding['cell'] or ''}:{finding['line']}"
        print(f"  {finding['code']} {'labelled' if labelled else '        '} {place}  {finding['message']}")
    for label in positives:
        if label not in hit:
            print(f"  MISSED {label['code']} {label['path']}:{label.get('cell', '')}:{label['line']}")
    for label in alarms:
        print(f"  ALARM at a look-alike: {label['path']}:{label['line']}")
    return len(hit), len(positives), len(alarms)


def main() -> None:
    """Check every clone of a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        json.dump(examine(options.folder), sys.stdout)
        return
    clones = [
        clone
        for clone in sorted(options.folder.iterdir())
        if clone.is_dir() and (not options.only or any(text in clone.name for text in options.only))
    ]
    started = time.monotonic()
    reasons: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    hits = labelled = alarms = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        for found in pool.map(_examined, clones):
            total = sum(found["verdicts"].values())
            decided = total - found["verdicts"].get("undecided", 0)
            print(
                f"{found['clone']}: {total} loss calls, {decided} decided"
                f" ({decided / total if total else 1:.0%}), {len(found['findings'])} findings,"
                f" {found['seconds']} s, {found['megabytes']} MB,"
                f" slowest file {found['slowest'][1]:.1f} s ({found['slowest'][0].partition('/')[2]})",
                flush=True,
            )
            one, of, wrong = _report(found, options.labels)
            hits, labelled, alarms = hits + one, labelled + of, alarms + wrong
            verdicts.update(found["verdicts"])
            for reason, number in found["reasons"].items():
                reasons[_plain(reason)] += number
    total = sum(verdicts.values())
    print(f"\n{total} loss calls: {dict(verdicts)}, decided {1 - verdicts['undecided'] / max(total, 1):.1%}")
    print(f"labelled misuses found: {hits} of {labelled}; alarms at look-alikes: {alarms}")
    print(f"{time.monotonic() - started:.0f} s. Most frequent reasons for undecided:")
    for reason, number in reasons.most_common(10):
        print(f"{number:6d}  {reason}")


if __name__ == "__main__":
    main()
