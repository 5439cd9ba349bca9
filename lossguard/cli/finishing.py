"""What ``lossguard check`` does once there are findings: fixes, comments, a baseline, a report."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lossguard import checker
from lossguard.checker import Input, Result
from lossguard.cli.check import Mode, checked, conclude, counted, one_line_for_mistakes
from lossguard.cli.errors import CommandError
from lossguard.cli.fixable import Fixable
from lossguard.cli.options import Options
from lossguard.cli.output import DEFAULT_WIDTH, Page, render
from lossguard.cli.rewriting import Rewriting
from lossguard.cli.sources import Sources
from lossguard.cli.streams import colour_wanted, tell, write_out
from lossguard.config import Config
from lossguard.diagnostics import Diagnostic

NARROWEST = 60
MOST_PASSES = 10


@dataclass(frozen=True, slots=True)
class Work:
    """What was checked, and what is to be done with what is found.

    piped: what came through standard input, where that is what was checked.
    """

    given: Input
    config: Config
    options: Options
    mode: Mode
    piped: bytes | None

    def finish(self, result: Result) -> bool:
        """Do it, and report; returns whether the exit status has to tell of findings."""
        options, mode = self.options, self.mode
        rewriting = Rewriting(self.given.sources, self.piped)
        given, result, fixed = self._fixed(rewriting, result)
        if mode.diff:
            return _show(rewriting, fixed, options)
        if options.fix:
            with one_line_for_mistakes():
                rewriting.write()
        sources = Sources(given.sources)
        if mode.write_baseline is not None:
            return _remember(result.findings, sources, Path(mode.write_baseline))
        findings = _unknown(result.findings, sources, options)
        if mode.add_noqa:
            return _silence(findings, Rewriting(given.sources, self.piped))
        fixable = Fixable(rewriting.sources, options.fix, options.unsafe_fixes)
        _report(findings, options, sources, fixable, aside=options.fix and self.piped is not None)
        conclude(findings, result, options, given, fixed, fixable.summary(findings))
        return bool(findings) and not options.exit_zero

    def _fixed(self, rewriting: Rewriting, result: Result) -> tuple[Input, Result, int]:
        """Apply fixes for as long as there are some; gives what is left, and how many were applied."""
        given, fixed = self.given, 0
        for _ in range(MOST_PASSES if self.options.fix or self.mode.diff else 0):
            with one_line_for_mistakes():
                applied = rewriting.fix(result.findings, unsafe=self.options.unsafe_fixes)
            if not applied:
                break
            given = rewriting.current(given)
            result = checked(given, self.config, self.options, self.mode.dask)
            fixed += applied
        return given, result, fixed


def _show(rewriting: Rewriting, fixed: int, options: Options) -> bool:
    """Show what fixes would change."""
    write_out(rewriting.diff())
    if not options.quiet:
        tell(f"Would fix {counted(fixed, 'finding')}.")
    return bool(rewriting) and not options.exit_zero


def _silence(findings: Sequence[Diagnostic], rewriting: Rewriting) -> bool:
    with one_line_for_mistakes():
        lines = rewriting.silence([each for each in findings if each.code != checker.UNREADABLE])
        rewriting.write()
    tell(f"Added a noqa comment to {counted(lines, 'line')}.")
    return False


def _remember(findings: Sequence[Diagnostic], sources: Sources, file: Path) -> bool:
    from lossguard.cli.baseline import store

    with one_line_for_mistakes():
        store(file, findings, sources)
    tell(f"Wrote {counted(len(findings), 'finding')} to {file}.")
    return False


def _unknown(findings: Sequence[Diagnostic], sources: Sources, options: Options) -> Sequence[Diagnostic]:
    """The findings that the baseline does not hold."""
    if options.baseline is None:
        return findings
    from lossguard.cli.baseline import load, remaining

    file = Path(options.baseline)
    with one_line_for_mistakes():
        left, gone = remaining(file, load(file), findings, sources)
    if gone and not options.quiet:
        tell(f"{file} holds {counted(gone, 'finding')} that there is no more; write it anew.")
    return left


def _report(
    findings: Sequence[Diagnostic], options: Options, sources: Sources, fixable: Fixable, *, aside: bool
) -> None:
    """Write the findings; aside: to standard error, where standard output takes a file."""
    file = options.output_file
    on_screen = file is None and not aside and sys.stdout.isatty()
    page = Page(
        sources.lines,
        sources.stored,
        sources.stored_edit,
        fixable.how,
        width=_width_of_screen() if on_screen else DEFAULT_WIDTH,
        colour=on_screen and colour_wanted(),
    )
    text = render(options.output_format, findings, page)
    if file is not None:
        save(text, file)
    elif not aside:
        write_out(text)
    elif text:
        tell(text.rstrip("\n"))


def _width_of_screen() -> int:
    from shutil import get_terminal_size

    return max(get_terminal_size().columns, NARROWEST)


def save(text: str, file: str) -> None:
    """Write a report to a file; raises CommandError where that fails."""
    from lossguard.files import write

    try:
        write(Path(file), text.encode(errors="backslashreplace"))
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from error
