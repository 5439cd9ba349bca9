"""The static checker as a function: paths or text in, findings out.

A file that is imported by a checked one is read as well, but only findings in checked files are reported.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lossguard.analysis.prefilter import may_meet_loss
from lossguard.analysis.source import SourceError, SourceFile, displayed, from_text, read
from lossguard.analysis.syntax import check as check_syntax
from lossguard.config import Config, longest_match
from lossguard.discovery import discover, patterns

if TYPE_CHECKING:
    from lossguard.assessment import Assess, LossVerdict, Stop
    from lossguard.diagnostics import Diagnostic, Span
    from lossguard.observing import Failure
    from lossguard.rules import Rule

UNREADABLE = "LG901"
UNUSED = "LG902"
STOPPED = "LG903"


class Result(NamedTuple):
    """What a check found.

    findings: those that the configuration and ``noqa`` comments leave, by path, line, column and code.
    calls: every loss call with its verdict, by its place; nothing that is ignored is left out here.
    """

    findings: list[Diagnostic]
    calls: list[LossVerdict]


class Input(NamedTuple):
    """What there is to check: programs, and a finding for each file or directory that could not be read.

    top: the folder that holds everything that is checked; that of the sources where None.
    """

    sources: tuple[SourceFile, ...]
    unreadable: tuple[Diagnostic, ...] = ()
    top: Path | None = None


def check_paths(paths: Iterable[str | os.PathLike[str]], config: Config | None = None) -> list[Diagnostic]:
    """Check files, and the Python files and notebooks below directories.

    Returns the findings by path, line, column and code; ``config`` is the defaults where None.
    Raises OSError for a path that does not exist, ValueError for a malformed pattern in the configuration,
    and for a loss or activation that it teaches by an unknown name.
    """
    config = config or Config()
    return check(gather(paths, config), config).findings


def check_source(source: str, path: str = "<string>", config: Config | None = None) -> list[Diagnostic]:
    """Check one program; imports are followed if ``path`` says where it stands."""
    config = config or Config()
    return check(given(lambda: from_text(source, path), path), config).findings


def calls_in(paths: Iterable[str | os.PathLike[str]], config: Config | None = None) -> list[LossVerdict]:
    """Return every loss call in the files with its verdict, in order of place.

    Raises as ``check_paths`` does; a file that cannot be read has no calls.
    """
    config = config or Config()
    return check(gather(paths, config), config).calls


def gather(paths: Iterable[str | os.PathLike[str]], config: Config) -> Input:
    """Find and read the files that the paths stand for.

    Raises OSError for a path that does not exist, ValueError for a malformed pattern.
    """
    sources: list[SourceFile] = []
    unreadable: list[Diagnostic] = []

    def refuse(error: OSError) -> None:
        refusal = SourceError(error.strerror or str(error))
        unreadable.append(_unreadable(_spot(displayed(error.filename), refusal), refusal.message))

    exclude = patterns((*config.exclude, *config.extend_exclude), config.root or Path.cwd())
    for file in discover(paths, exclude, refuse, force=config.force_exclude):
        try:
            sources.append(read(file))
        except SourceError as error:
            unreadable.append(_unreadable(_spot(displayed(file), error), error.message))
    return Input(tuple(sources), tuple(unreadable))


def given(load: Callable[[], SourceFile], path: str) -> Input:
    """Take one program that is no file, or the finding that says why it cannot be had."""
    try:
        return Input((load(),))
    except SourceError as error:
        return Input((), (_unreadable(_spot(path, error), error.message),))


def check(
    given: Input,
    config: Config,
    *,
    noqa: bool = True,
    meets_loss: bool = False,
    assess: Assess | None = None,
) -> Result:
    """Check programs.

    noqa: whether such comments count.
    meets_loss: it is known that they may meet a loss.
    assess: what assesses them, instead of this process alone; it may remember, or share the work out.
    """
    everything = {source.path: source for source in given.sources}
    sources = tuple(everything.values())
    found = list(given.unreadable)
    calls: list[LossVerdict] = []
    if sources and (meets_loss or may_meet_loss(sources, config.losses, given.top)):
        from lossguard.assessment import assess as assess_here
        from lossguard.observing import Program

        assessed = (assess or assess_here)(Program(sources, given.top), config)
        touched = (source for path in assessed.paths if (source := everything.get(path)) is not None)
        checked = {source.path: source for source in touched if not source.ignored}
        failures = [each for each in assessed.failures if each.path in checked]
        found.extend(_unparsed(checked[each.path], each) for each in failures)
        found.extend(_limits(assessed.stops, checked))
        calls = [call for call in assessed.calls if call.span.path in checked]
    else:
        checked = {source.path: source for source in sources if not source.ignored}
        found.extend(_not_python(checked.values()))
    for call in calls:
        found.extend(finding for finding in call.diagnostics if finding.span.path in checked)
    kept = {
        finding
        for finding in found
        if _selected(finding, config)
        and not ((source := checked.get(finding.span.path)) and _silenced(finding, source, config, noqa=noqa))
    }
    if noqa and config.selects(UNUSED, on_by_default=False):
        kept.update(_unused_noqa([each for each in sources if not each.ignored], found, config))
    return Result(sorted(kept, key=_order), sorted(calls, key=lambda call: _place(call.span)))


def _not_python(sources: Iterable[SourceFile]) -> Iterator[Diagnostic]:
    for source in sources:
        try:
            check_syntax(source)
        except SourceError as error:
            yield _unparsed(source, error)


def _unparsed(source: SourceFile, failure: Failure | SourceError) -> Diagnostic:
    """The finding for a file or a cell that cannot be parsed."""
    span = source.span(failure.line, failure.column, failure.line, failure.column)
    if not source.cells:
        return _unreadable(span, failure.message)
    message = f"this cell was not checked: {failure.message}"
    return _about_us(UNREADABLE, span, message, "mend the cell; those that can be parsed were checked")


def _limits(stops: Iterable[Stop], checked: Mapping[str, SourceFile]) -> Iterator[Diagnostic]:
    """The first limit that was hit in each file."""
    reported: set[str] = set()
    for stop in stops:
        if stop.span.path in checked and stop.span.path not in reported:
            reported.add(stop.span.path)
            yield _stopped(stop)


def _selected(finding: Diagnostic, config: Config) -> bool:
    from lossguard.rules import rule

    return _in_force(rule(finding.code), config)


def _in_force(about: Rule, config: Config) -> bool:
    return config.selects(about.code, on_by_default=about.on_by_default)


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


def _unused_noqa(
    sources: Iterable[SourceFile], found: Sequence[Diagnostic], config: Config
) -> Iterator[Diagnostic]:
    from lossguard.rules import all_rules
    from lossguard.unused_noqa import unused

    judged = [each.code for each in all_rules() if not each.guard_only and _in_force(each, config)]
    for source in sources:
        here = [finding for finding in found if finding.span.path == source.path]
        if not any(finding.code == UNREADABLE for finding in here):
            reported = unused(source, here, judged)
            yield from (each for each in reported if not _silenced(each, source, config, noqa=True))


def _unreadable(span: Span, why: str) -> Diagnostic:
    message = f"nothing here was checked: {why}"
    return _about_us(UNREADABLE, span, message, "mend the file, or exclude it")


def _stopped(stop: Stop) -> Diagnostic:
    return _about_us(
        STOPPED,
        stop.span,
        f"the analysis stopped at a limit in `{stop.name}`: loss calls that it leads to may not be decided",
        "put these calls under the guard, or split what is evaluated here",
    )


def _about_us(code: str, span: Span, message: str, remedy: str) -> Diagnostic:
    """A finding that tells of the check itself."""
    from lossguard.diagnostics import Diagnostic
    from lossguard.rules import rule

    about = rule(code)
    return Diagnostic(about.code, about.name, about.severity, span, message, remedy)


def _spot(path: str, error: SourceError) -> Span:
    from lossguard.diagnostics import Span

    return Span(path, error.line, error.column, error.line, error.column)


def _order(finding: Diagnostic) -> tuple[object, ...]:
    return _place(finding.span), finding.code


def _place(span: Span) -> tuple[str, int, int, int]:
    return span.path, span.cell or 0, span.line, span.column
