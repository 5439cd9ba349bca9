"""``lossguard check``: from options to findings on standard output."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lossguard import checker
from lossguard.analysis.source import from_bytes
from lossguard.checker import Input, Result
from lossguard.cli.output import DEFAULT_WIDTH, Page, render
from lossguard.cli.progress import progress
from lossguard.cli.sources import Sources
from lossguard.cli.streams import colour_wanted, tell, write_out
from lossguard.config import Config
from lossguard.diagnostics import Diagnostic, Severity

if TYPE_CHECKING:
    from lossguard.cli.config import Options
    from lossguard.verdicts import LossVerdict

STDIN = "-"
NARROWEST = 60
MOST_PASSES = 10


@dataclass(frozen=True, slots=True)
class Request:
    """What to check, and which configuration file says how."""

    paths: Sequence[str]
    stdin_filename: str | None
    isolated: bool
    config_file: str | None


def run(request: Request, chosen: dict[str, Any]) -> bool:
    """Check and report; ``chosen`` are the options of the command line, by their fields in ``Options``.

    Returns whether the exit status has to tell of findings. Raises click.ClickException for a user's mistake.
    """
    with one_line_for_mistakes():
        options, root = options_in_force(request, chosen)
        config = options.config(root)
        given = gathered(request, config)
    result = checked(given, config)
    fixed = 0
    for _ in range(MOST_PASSES if options.fix else 0):
        with one_line_for_mistakes():
            applied = _fixed(result.findings, given)
            given = gathered(request, config) if applied else given
        if not applied:
            break
        result = checked(given, config)
        fixed += applied
    findings = result.findings
    _report(findings, options, Sources(given.sources))
    if options.statistics:
        for line in (*_statistics(findings), tally(result.calls)):
            tell(line)
    if not options.quiet:
        tell(_summary(findings, fixed, len(given.sources) + len(given.unreadable)))
    return bool(findings) and not options.exit_zero


@contextmanager
def one_line_for_mistakes() -> Iterator[None]:
    """Turn a user's mistake into click.ClickException."""
    try:
        yield
    except OSError as error:
        raise click.ClickException(f"{error.filename or 'working directory'}: {error.strerror}") from error
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def options_in_force(request: Request, chosen: dict[str, Any]) -> tuple[Options, Path]:
    """Return the options in force, and the directory that patterns are relative to."""
    from msgspec.structs import replace

    from lossguard.cli.config import Options, load, nearest

    if request.isolated and request.config_file:
        raise click.UsageError("--isolated and --config exclude each other")
    file: Path | None = None
    if request.config_file:
        file = Path(os.path.abspath(request.config_file))
    elif not request.isolated:
        file = nearest(_common_directory(request))
    options = load(file) if file else Options()
    if "select" in chosen:
        options = replace(options, ignore=(), extend_select=())
    options = replace(options, **chosen)
    if options.fix and STDIN in request.paths:
        raise click.UsageError("--fix changes files, not standard input (-)")
    return options, file.parent if file else Path.cwd()


def _common_directory(request: Request) -> Path:
    paths = [request.stdin_filename or "." if path == STDIN else path for path in request.paths]
    places = [os.path.abspath(path if Path(path).is_dir() else Path(path).parent) for path in paths]
    try:
        return Path(os.path.commonpath(places))
    except ValueError:
        return Path.cwd()


def gathered(request: Request, config: Config) -> Input:
    """Read what is to be checked: files, or standard input."""
    if STDIN not in request.paths:
        return checker.gather(request.paths, config)
    if len(request.paths) > 1:
        raise click.UsageError("standard input (-) is checked alone")
    name = request.stdin_filename or "<stdin>"
    return checker.given(lambda: from_bytes(sys.stdin.buffer.read(), name), name)


def checked(given: Input, config: Config) -> Result:
    """Check programs, with a sign of life where it takes long."""
    with progress(f"Checking {counted(len(given.sources), 'file')}"):
        return checker.check(given, config)


def _fixed(findings: Sequence[Diagnostic], given: Input) -> int:
    """Apply the safe fixes that change nothing but files that are checked, and return how many there were."""
    if not any(finding.fix for finding in findings):
        return 0
    from lossguard.fixes import apply_safe

    return apply_safe(findings, {source.path: source.file for source in given.sources if source.file})


def _report(findings: Sequence[Diagnostic], options: Options, sources: Sources) -> None:
    if options.output_file is None:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else DEFAULT_WIDTH
        page = Page(sources.lines, sources.stored, max(width, NARROWEST), colour_wanted())
        write_out(render(options.output_format, findings, page))
        return
    save(render(options.output_format, findings, Page(sources.lines, sources.stored)), options.output_file)


def save(text: str, file: str) -> None:
    """Write a report to a file; raises click.ClickException where that fails."""
    from lossguard.files import write

    try:
        write(Path(file), text.encode(errors="backslashreplace"))
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from error


def _statistics(findings: Sequence[Diagnostic]) -> list[str]:
    counts = Counter((each.code, each.name) for each in findings)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [f"{count:>5}  {code}  {name}" for (code, name), count in ordered]


def _summary(findings: Sequence[Diagnostic], fixed: int, files: int) -> str:
    if not files:
        return "No Python file or notebook to check."
    before = f"Fixed {counted(fixed, 'finding')}. " if fixed else ""
    counts = Counter(each.severity for each in findings)
    parts = [counted(counts[each], each.value) for each in Severity if counts[each]]
    return f"{before}Found {' and '.join(parts) or 'nothing'} in {counted(files, 'file')}."


def tally(calls: Sequence[LossVerdict]) -> str:
    """Count loss calls by their verdicts."""
    counts = Counter(call.verdict.value for call in calls)
    parts = (f"{counts[verdict]} {verdict}" for verdict in ("satisfied", "violated", "undecided"))
    return f"{counted(len(calls), 'loss call')}: {', '.join(parts)}"


def counted(count: int, noun: str) -> str:
    """Write a number with a noun in the singular or plural."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
