"""``lossguard check``: from options to findings on standard output."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lossguard import checker
from lossguard.analysis.source import from_bytes
from lossguard.checker import Input, Result
from lossguard.cli.errors import CommandError
from lossguard.cli.options import Options
from lossguard.cli.progress import progress
from lossguard.cli.streams import tell
from lossguard.config import Config

if TYPE_CHECKING:
    from lossguard.assessment import Assessment, LossVerdict
    from lossguard.diagnostics import Diagnostic
    from lossguard.observing import Observation, Program

STDIN = "-"


class Request(NamedTuple):
    """What to check, and which configuration file says how."""

    paths: Sequence[str]
    stdin_filename: str | None = None
    isolated: bool = False
    config_file: str | None = None


class Mode(NamedTuple):
    """How it is checked, and what is done with what is found other than to report it.

    diff: show what fixes would change.
    add_noqa: silence the findings.
    write_baseline: the file to put them in.
    dask: the address of a cluster that checks.
    """

    diff: bool = False
    add_noqa: bool = False
    write_baseline: str | None = None
    dask: str | None = None


REPORT = Mode()
"""Nothing else is done."""


def run(request: Request, chosen: dict[str, Any], mode: Mode = REPORT) -> bool:
    """Check and report; ``chosen`` are the options of the command line, by their fields in ``Options``.

    Returns whether the exit status has to tell of findings. Raises CommandError for a user's mistake.
    """
    with one_line_for_mistakes():
        options, root = options_in_force(request, chosen)
        _refuse(options, mode)
        config = options.config(root)
        piped = standard_input(request)
        given = gathered(request, config, piped)
    result = checked(given, config, options, mode.dask)
    if result.findings or mode != REPORT or _leaves_more_to_do(options):
        from lossguard.cli.finishing import Work

        return Work(given, config, options, mode, piped).finish(result)
    conclude((), result, options, given)
    return False


def _leaves_more_to_do(options: Options) -> bool:
    """Whether there is something to do where nothing was found."""
    silent = options.output_format in ("full", "concise") and options.output_file is None
    return not silent or options.fix or options.baseline is not None


def conclude(
    findings: Sequence[Diagnostic],
    result: Result,
    options: Options,
    given: Input,
    fixed: int = 0,
    more: str = "",
) -> None:
    """Say on standard error what was found in how many files, and what ``more`` there is to say."""
    if options.statistics:
        for line in (*_statistics(findings), tally(result.calls)):
            tell(line)
    if not options.quiet:
        tell(_summary(findings, fixed, len(given.sources) + len(given.unreadable)))
        if more:
            tell(more)


@contextmanager
def one_line_for_mistakes() -> Iterator[None]:
    """Turn a user's mistake into CommandError."""
    try:
        yield
    except OSError as error:
        raise CommandError(f"{error.filename or 'working directory'}: {error.strerror}") from error
    except ValueError as error:
        raise CommandError(str(error)) from error


def options_in_force(request: Request, chosen: dict[str, Any]) -> tuple[Options, Path]:
    """Return the options in force, and the directory that patterns are relative to."""
    file = configuration_file(request)
    options = configured(file)
    if "select" in chosen:
        options = options._replace(ignore=(), extend_select=())
    if file is not None:
        places = {"baseline": options.baseline, "cache_dir": options.cache_dir}
        relative: dict[str, Any] = {
            name: str(file.parent / place) for name, place in places.items() if place is not None
        }
        options = options._replace(**relative)
    options = options._replace(**chosen)
    return options, file.parent if file else Path.cwd()


def configured(file: Path | None) -> Options:
    """The options that a configuration file sets."""
    if file is None:
        return Options()
    from lossguard.cli.config import load

    return load(file)


def configuration_file(request: Request) -> Path | None:
    """The configuration file in force: the one that was named, or the nearest."""
    from lossguard.cli.config import nearest

    if request.isolated and request.config_file:
        raise CommandError("--isolated and --config exclude each other")
    if request.config_file:
        return Path(os.path.abspath(request.config_file))
    return None if request.isolated else nearest(_common_directory(request))


def _common_directory(request: Request) -> Path:
    paths = [request.stdin_filename or "." if path == STDIN else path for path in request.paths]
    places = [os.path.abspath(path if Path(path).is_dir() else Path(path).parent) for path in paths]
    try:
        return Path(os.path.commonpath(places))
    except ValueError:
        return Path.cwd()


def standard_input(request: Request) -> bytes | None:
    """What comes through standard input, where that is what is to be checked."""
    if STDIN not in request.paths:
        return None
    if len(request.paths) > 1:
        raise CommandError("standard input (-) is checked alone")
    return sys.stdin.buffer.read()


def gathered(request: Request, config: Config, piped: bytes | None) -> Input:
    """Read the files that are to be checked, or take what came through standard input."""
    if piped is None:
        return checker.gather(request.paths, config)
    name = request.stdin_filename or "<stdin>"
    return checker.given(lambda: from_bytes(piped, name), name)


def checked(given: Input, config: Config, options: Options, dask: str | None = None) -> Result:
    """Check programs, with a sign of life where it takes long.

    dask: the address of a cluster that does it instead of this machine.
    """
    with progress(f"Checking {counted(len(given.sources), 'file')}"):
        if dask is None:
            return checker.check(given, config, assess=partial(_assess, options))
        return _checked_on(dask, given, config)


def _observe_in_processes(
    jobs: int | None, program: Program, config: Config, numbers: Sequence[int]
) -> Observation:
    from lossguard import parallel

    return parallel.in_processes(jobs or parallel.processors())(program, config, numbers)


def _assess(options: Options, program: Program, config: Config) -> Assessment:
    """Assess in as many processes as are worth it, and not again what is in the cache."""
    from lossguard.assessment import assess
    from lossguard.observing import Observe, alone

    folder = _cache_folder(options)
    observe: Observe = alone
    if options.jobs != 1 and len(program.sources) > 1:
        observe = partial(_observe_in_processes, options.jobs)
    if folder is None:
        return assess(program, config, observe)
    from lossguard.cache import Recalling, Remembering

    return Remembering(folder, partial(assess, observe=Recalling(folder, observe)))(program, config)


def _cache_folder(options: Options) -> Path | None:
    if options.no_cache:
        return None
    from lossguard.cache import usual_folder

    return Path(options.cache_dir) if options.cache_dir is not None else usual_folder()


def _checked_on(address: str, given: Input, config: Config) -> Result:
    from lossguard import parallel
    from lossguard.assessment import assess

    try:
        return checker.check(given, config, assess=partial(assess, observe=parallel.on_cluster(address)))
    except ModuleNotFoundError as error:
        raise CommandError("--dask needs distributed: pip install 'lossguard[dask]'") from error
    except (OSError, ValueError) as error:
        raise CommandError(f"no Dask cluster at {address}: {error}") from error


def _refuse(options: Options, mode: Mode) -> None:
    rewrites = {"--fix": options.fix, "--diff": mode.diff, "--add-noqa": mode.add_noqa}
    asked = [name for name, wanted in rewrites.items() if wanted]
    if mode.write_baseline is not None:
        asked.append("--write-baseline")
    if len(asked) > 1 and asked != ["--fix", "--diff"]:
        raise CommandError(f"{asked[0]} and {asked[1]} exclude each other")


def _summary(findings: Sequence[Diagnostic], fixed: int, files: int) -> str:
    if not files:
        return "No Python file or notebook to check."
    before = f"Fixed {counted(fixed, 'finding')}. " if fixed else ""
    counts = Counter(each.severity.value for each in findings)
    parts = [counted(counts[each], each) for each in sorted(counts)]
    return f"{before}Found {' and '.join(parts) or 'nothing'} in {counted(files, 'file')}."


def tally(calls: Sequence[LossVerdict]) -> str:
    """Count loss calls by their verdicts."""
    counts = Counter(call.verdict.value for call in calls)
    parts = (f"{counts[verdict]} {verdict}" for verdict in ("satisfied", "violated", "undecided"))
    return f"{counted(len(calls), 'loss call')}: {', '.join(parts)}"


def counted(count: int, noun: str) -> str:
    """Write a number with a noun in the singular or plural."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _statistics(findings: Sequence[Diagnostic]) -> list[str]:
    counts = Counter((each.code, each.name) for each in findings)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [f"{count:>5}  {code}  {name}" for (code, name), count in ordered]
