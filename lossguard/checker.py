"""The static checker as a function: paths or text in, findings out.

A file that is imported by a checked one is read as well, but only findings in checked files are reported.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lossguard.analysis.source import SourceError, SourceFile, displayed, from_text, read
from lossguard.config import Config, longest_match
from lossguard.diagnostics import Diagnostic, Span
from lossguard.discovery import discover, patterns
from lossguard.rules import all_rules, rule

if TYPE_CHECKING:
    from lossguard.verdicts import LossVerdict

UNREADABLE = "LG901"


@dataclass(frozen=True, slots=True)
class Input:
    """What there is to check: programs, and a finding for each file or directory that could not be read."""

    sources: tuple[SourceFile, ...]
    unreadable: tuple[Diagnostic, ...] = ()


def check_paths(paths: Iterable[str | os.PathLike[str]], config: Config | None = None) -> list[Diagnostic]:
    """Check files, and the Python files and notebooks below directories.

    Returns the findings by path, line, column and code; ``config`` is the defaults where None.
    Raises OSError for a path that does not exist, ValueError for a malformed pattern in the configuration.
    """
    config = config or Config()
    return findings(gather(paths, config), config)


def check_source(source: str, path: str = "<string>", config: Config | None = None) -> list[Diagnostic]:
    """Check one program; imports are followed if ``path`` says where it stands."""
    config = config or Config()
    return findings(given(lambda: from_text(source, path), path), config)


def calls_in(paths: Iterable[str | os.PathLike[str]], config: Config | None = None) -> list[LossVerdict]:
    """Return every loss call in the files with its verdict, in order of place.

    Raises as ``check_paths`` does; a file that cannot be read has no calls.
    """
    config = config or Config()
    sources = gather(paths, config).sources
    shown = {source.path for source in sources}
    calls = _judged(sources, config, lambda _source, _error: None)
    return sorted((call for call in calls if call.span.path in shown), key=lambda call: _place(call.span))


def gather(paths: Iterable[str | os.PathLike[str]], config: Config) -> Input:
    """Find and read the files that the paths stand for.

    Raises OSError for a path that does not exist, ValueError for a malformed pattern.
    """
    sources: list[SourceFile] = []
    unreadable: list[Diagnostic] = []

    def refuse(error: OSError) -> None:
        refusal = SourceError(error.strerror or str(error))
        unreadable.append(_unreadable(Span(displayed(error.filename), 1, 1, 1, 1), refusal))

    exclude = patterns((*config.exclude, *config.extend_exclude), config.root or Path.cwd())
    for file in discover(paths, exclude, refuse):
        try:
            sources.append(read(file))
        except SourceError as error:
            unreadable.append(_unreadable(_spot(displayed(file), error), error))
    return Input(tuple(sources), tuple(unreadable))


def given(load: Callable[[], SourceFile], path: str) -> Input:
    """Take one program that is no file, or the finding that says why it cannot be had."""
    try:
        return Input((load(),))
    except SourceError as error:
        return Input((), (_unreadable(_spot(path, error), error),))


def findings(given: Input, config: Config, *, noqa: bool = True) -> list[Diagnostic]:
    """Check programs; return what the configuration and ``noqa`` comments leave, in order of place."""
    checked = {source.path: source for source in given.sources if not source.ignored}
    found = list(given.unreadable)

    def fail(source: SourceFile, error: SourceError) -> None:
        if source.path in checked:
            found.append(_unreadable(source.span(error.line, error.column, error.line, error.column), error))

    for call in _judged(tuple(checked.values()), config, fail):
        found.extend(finding for finding in call.diagnostics if finding.span.path in checked)
    kept = {
        finding
        for finding in found
        if _selected(finding, config)
        and not ((source := checked.get(finding.span.path)) and _silenced(finding, source, config, noqa=noqa))
    }
    return sorted(kept, key=lambda finding: (_place(finding.span), finding.code))


def _judged(
    sources: Sequence[SourceFile], config: Config, failed: Callable[[SourceFile, SourceError], None]
) -> list[LossVerdict]:
    from lossguard.analysis.engine import analyse
    from lossguard.verdicts import judge

    rules = [
        each for each in all_rules() if each.on_by_default or config.selects(each.code, on_by_default=False)
    ]
    return judge(analyse(sources, failed=failed), rules)


def _selected(finding: Diagnostic, config: Config) -> bool:
    return config.selects(finding.code, on_by_default=rule(finding.code).on_by_default)


def _silenced(finding: Diagnostic, source: SourceFile, config: Config, *, noqa: bool) -> bool:
    return _ignored_in(source, finding.code, config) or (
        noqa and source.suppresses(finding.span, finding.code)
    )


def _ignored_in(source: SourceFile, code: str, config: Config) -> bool:
    return source.file is not None and any(
        longest_match(codes, code) >= 0
        and patterns([pattern], config.root or Path.cwd()).decide(str(source.file))
        for pattern, codes in config.per_file_ignores.items()
    )


def _unreadable(span: Span, error: SourceError) -> Diagnostic:
    about = rule(UNREADABLE)
    return Diagnostic(
        about.code,
        about.name,
        about.severity,
        span,
        f"nothing here was checked: {error.message}",
        "mend the file, or exclude it",
    )


def _spot(path: str, error: SourceError) -> Span:
    return Span(path, error.line, error.column, error.line, error.column)


def _place(span: Span) -> tuple[str, int, int, int]:
    return span.path, span.cell or 0, span.line, span.column
