"""Observes the files of a program, each by itself, before anybody judges what the program as a whole does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from lossguard.analysis.seen import Seen
from lossguard.analysis.source import SourceError, SourceFile
from lossguard.analysis.syntax import readable
from lossguard.config import Config

if TYPE_CHECKING:
    from lossguard.analysis.engine import Engine
    from lossguard.analysis.observations import Observed
    from lossguard.facts import LossCall


class Program(Struct, frozen=True):
    """Files that are assessed together.

    top: the folder that holds everything that is checked; that of the sources where None.
    """

    sources: tuple[SourceFile, ...]
    top: Path | None = None


class Failure(Struct, frozen=True):
    """A file that cannot be parsed, or a notebook with a cell that cannot; the place is that in its text."""

    path: str
    message: str
    line: int
    column: int


class FileResult(Struct, frozen=True):
    """What was observed of the file with a number.

    observed: None where nothing in it leads to a loss.
    failure: where it cannot be parsed; of a notebook the cells that can be are observed.
    reach: the paths of the files that this depends on, its own among them.
    """

    number: int
    observed: Observed | None = None
    failure: Failure | None = None
    reach: tuple[str, ...] = ()


class Observation(Struct, frozen=True):
    """What was observed of several files, by their numbers.

    seen: what was read from the disk for it beside the program's own files.
    """

    results: tuple[FileResult, ...] = ()
    seen: Seen = field(default_factory=Seen)

    @classmethod
    def together(cls, parts: Iterable[Observation]) -> Observation:
        """Put together what was observed in several parts."""
        parts = list(parts)
        results = sorted((each for part in parts for each in part.results), key=lambda each: each.number)
        return cls(tuple(results), Seen.together(part.seen for part in parts))


Observe: TypeAlias = Callable[[Program, Config, Sequence[int]], Observation]
"""Observes the files of a program that have these numbers.

Raises ValueError where the configuration teaches a loss or an activation by an unknown name.
"""


class Observer:
    """Observes files of one program as they are asked for."""

    def __init__(self, program: Program, config: Config) -> None:
        from lossguard.analysis.engine import Engine
        from lossguard.analysis.vocabulary import Vocabulary

        self._sources = program.sources
        vocabulary = Vocabulary(config.losses, config.activations)
        self._engine = Engine(program.sources, vocabulary, program.top, _is_doubtful)

    def observe(self, numbers: Sequence[int]) -> Observation:
        """Observe the files with these numbers."""
        results = tuple(_observed(self._engine, self._sources[number], number) for number in numbers)
        return Observation(results, self._engine.seen())


def load() -> None:
    """Load what observes files."""
    import lossguard.analysis.entries
    import lossguard.rules  # noqa: F401


def _is_doubtful(call: LossCall) -> bool:
    from lossguard.rules import ranked, static_rules

    return bool(ranked(call, static_rules()))


def _observed(engine: Engine, source: SourceFile, number: int) -> FileResult:
    if source.ignored:
        return FileResult(number)
    try:
        return _result(engine, source, number)
    except SourceError as error:
        failure = Failure(source.path, error.message, error.line, error.column)
    with suppress(SourceError):
        if (rest := readable(source)) is not None:
            return replace(_result(engine, rest, number), failure=failure)
    return FileResult(number, failure=failure)


def _result(engine: Engine, source: SourceFile, number: int) -> FileResult:
    """Observe a file; raises SourceError where it cannot be parsed."""
    observed = engine.observe(source)
    return FileResult(number, observed, reach=tuple(sorted(engine.reach(source))))


def alone(program: Program, config: Config, numbers: Sequence[int]) -> Observation:
    """Observe files in this process alone, the longest first: what they leave free is used again."""
    longest_first = sorted(numbers, key=lambda number: -len(program.sources[number].utf8))
    return Observation.together([Observer(program, config).observe(longest_first)])


class OneByOne:
    """Observes programs of one file each, which share what they import: files that somebody hands out singly.

    What was read is not read again: this is for one run.
    """

    def __init__(self) -> None:
        self._engine: Engine | None = None

    def __call__(self, program: Program, _config: Config, numbers: Sequence[int]) -> Observation:
        """Observe a file; nothing is taught."""
        from lossguard.analysis.engine import Engine

        if self._engine is None:
            self._engine = Engine((), top=program.top, is_doubtful=_is_doubtful)
        (source,) = (program.sources[number] for number in numbers)
        result = _observed(self._engine, source, numbers[0])
        return Observation((result,), self._engine.seen_by(source))
