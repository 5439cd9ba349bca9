"""The static checker as a function: paths or text in, findings out.

A file that is imported by a checked one is read as well, but only findings in checked files are reported.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lossguard.analysis.source import SourceError, SourceFile, displayed, from_text, read
from lossguard.config import Config, longest_match
from lossguard.diagnostics import Diagnostic, Fix, Span
from lossguard.discovery import discover, patterns
from lossguard.rules import Rule, all_rules, rule

if TYPE_CHECKING:
    from lossguard.verdicts import Breach, LossVerdict

UNREADABLE = "LG901"
UNUSED = "LG902"
STOPPED = "LG903"


@dataclass(frozen=True, slots=True)
class Result:
    """What a check found.

    findings: those that the configuration and ``noqa`` comments leave, by path, line, column and code.
    calls: every loss call with its verdict, by its place; nothing that is ignored is left out here.
    """

    findings: list[Diagnostic]
    calls: list[LossVerdict]


@dataclass(frozen=True, slots=True)
class Input:
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
        unreadable.append(_unreadable(Span(displayed(error.filename), 1, 1, 1, 1), refusal))

    exclude = patterns((*config.exclude, *config.extend_exclude), config.root or Path.cwd())
    for file in discover(paths, exclude, refuse, force=config.force_exclude):
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


def check(given: Input, config: Config, *, noqa: bool = True) -> Result:
    """Check programs; ``noqa`` says whether such comments count."""
    checked = {source.path: source for source in given.sources if not source.ignored}
    found = list(given.unreadable)

    def fail(source: SourceFile, error: SourceError) -> None:
        if source.path in checked:
            found.append(_unreadable(source.span(error.line, error.column, error.line, error.column), error))

    def stop(span: Span, name: str) -> None:
        if span.path in checked and not any(
            (each.code, each.span.path) == (STOPPED, span.path) for each in found
        ):
            found.append(_stopped(span, name))

    judged = _judged(Input(tuple(checked.values()), top=given.top), config, fail, stop)
    for call in judged:
        found.extend(finding for finding in call.diagnostics if finding.span.path in checked)
    kept = {
        finding
        for finding in found
        if _selected(finding, config)
        and not ((source := checked.get(finding.span.path)) and _silenced(finding, source, config, noqa=noqa))
    }
    if noqa and config.selects(UNUSED, on_by_default=False):
        kept.update(_unused_noqa(checked.values(), found, config))
    calls = [call for call in judged if call.span.path in checked]
    return Result(sorted(kept, key=_order), sorted(calls, key=lambda call: _place(call.span)))


def together(results: Iterable[Result]) -> Result:
    """Put together what was found in several programs."""
    results = list(results)
    return Result(
        sorted((finding for each in results for finding in each.findings), key=_order),
        sorted((call for each in results for call in each.calls), key=lambda call: _place(call.span)),
    )


def _judged(
    given: Input,
    config: Config,
    failed: Callable[[SourceFile, SourceError], None],
    stopped: Callable[[Span, str], None],
) -> list[LossVerdict]:
    from lossguard.analysis.engine import analyse
    from lossguard.analysis.vocabulary import Vocabulary
    from lossguard.verdicts import judge

    rules = [
        each
        for each in all_rules()
        if not each.guard_only and (each.on_by_default or config.selects(each.code, on_by_default=False))
    ]
    vocabulary = Vocabulary(config.losses, config.activations)
    relied: set[Span] = set()
    sites = analyse(
        given.sources,
        failed=failed,
        stopped=stopped,
        relied=relied.add,
        vocabulary=vocabulary,
        top=given.top,
    )

    def mend(breaches: Sequence[Breach]) -> Mapping[Diagnostic, Fix]:
        from lossguard.fixes.offering import offered

        return offered(breaches, sites, rules, given.sources, relied)

    return judge(sites, rules, mend)


def _selected(finding: Diagnostic, config: Config) -> bool:
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
    from lossguard.unused_noqa import unused

    judged = [each.code for each in all_rules() if not each.guard_only and _in_force(each, config)]
    for source in sources:
        here = [finding for finding in found if finding.span.path == source.path]
        if not any(finding.code == UNREADABLE for finding in here):
            reported = unused(source, here, judged)
            yield from (each for each in reported if not _silenced(each, source, config, noqa=True))


def _unreadable(span: Span, error: SourceError) -> Diagnostic:
    message = f"nothing here was checked: {error.message}"
    return _about_us(UNREADABLE, span, message, "mend the file, or exclude it")


def _stopped(span: Span, name: str) -> Diagnostic:
    return _about_us(
        STOPPED,
        span,
        f"the analysis stopped at a limit in `{name}`: loss calls that it leads to may not be decided",
        "put these calls under the guard, or split what is evaluated here",
    )


def _about_us(code: str, span: Span, message: str, remedy: str) -> Diagnostic:
    """A finding that tells of the check itself."""
    about = rule(code)
    return Diagnostic(about.code, about.name, about.severity, span, message, remedy)


def _spot(path: str, error: SourceError) -> Span:
    return Span(path, error.line, error.column, error.line, error.column)


def _order(finding: Diagnostic) -> tuple[object, ...]:
    return _place(finding.span), finding.code


def _place(span: Span) -> tuple[str, int, int, int]:
    return span.path, span.cell or 0, span.line, span.column
