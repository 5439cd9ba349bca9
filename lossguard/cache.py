"""Keeps what was found on the disk, so that what has not changed is not evaluated again.

An assessment is found by what it was asked for: the digests and places of the program's files, the part of
the configuration that matters, and the version of lossguard and of Python. It counts only while the files and
folders that were looked at besides are as they were. What was observed of each file is kept as well: where
some have changed, only these and those that depend on them are observed again. Entries are decoded by type;
one that cannot be is as good as none, and is written anew. The oldest go when the cache grows beyond its
bound.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec
from msgspec.structs import replace

from lossguard import __version__
from lossguard.analysis.seen import Now, Seen
from lossguard.analysis.source import digest_of
from lossguard.assessment import Assess, Assessment
from lossguard.config import OFF_BY_DEFAULT, Config
from lossguard.observing import FileResult, Observation, Observe, Program

_T = TypeVar("_T")
_Result_co = TypeVar("_Result_co", covariant=True)


class _Decoder(Protocol[_Result_co]):
    def decode(self, content: bytes, /) -> _Result_co:
        """Read an entry; raises ValueError for what is none."""


PLACE = "LOSSGUARD_CACHE_DIR"
SWITCH = "LOSSGUARD_NO_CACHE"
MOST_BYTES = 64 << 20
_BETWEEN = 50
"""How many entries are written until it is seen again whether there are too many; the first time always."""
_kept = count()
_PACKAGE = Path(__file__).parent


def usual_folder() -> Path | None:
    """Where the cache lies unless somebody says otherwise; None where the environment wants none."""
    if os.environ.get(SWITCH):
        return None
    if place := os.environ.get(PLACE):
        return Path(place)
    import platformdirs

    return platformdirs.user_cache_path("lossguard", appauthor=False)


@dataclass(frozen=True)
class Remembering:
    """Assesses by ``otherwise`` what is not in the cache in ``folder``, and puts it there.

    Several processes may use one folder at once. A folder that cannot be written to is left alone, and so is
    one that belongs to somebody else or that everybody may write to: what lies there could be anybody's.

    now: what stands on the disk, for as long as this is used.
    """

    folder: Path
    otherwise: Assess
    now: Now = field(default_factory=Now)

    def __call__(self, program: Program, config: Config) -> Assessment:
        """Assess a program."""
        if not _is_ours(self.folder):
            return self.otherwise(program, config)
        files = [(source.path, source.file, source.digest) for source in program.sources]
        codes = [code for code in OFF_BY_DEFAULT if config.selects(code, on_by_default=False)]
        file = self.folder / f"{_key(files, program.top, config, codes)}.json"
        known = _recall(file, msgspec.json.Decoder(Assessment))
        if known is None or not known.seen.still_holds(self.now):
            known = self.otherwise(program, config)
            _keep(file, msgspec.json.encode(known))
        return known


@dataclass(frozen=True, slots=True)
class KeptFile:
    """What was observed of a file, packed.

    reach: the numbers of the files that it depends on, its own among them.
    """

    packed: bytes
    reach: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KeptProgram:
    """What was observed of the files of a program.

    digests: of every file that was read; their places in it are their numbers.
    names: as ``Seen`` has them.
    files: by their paths.
    """

    digests: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    files: Mapping[str, KeptFile] = field(default_factory=dict)

    def recalled(
        self, program: Program, numbers: Sequence[int], digests: Mapping[str, str], now: Now
    ) -> Observation:
        """What would be observed again, of those files of the program that have these numbers.

        digests: of the program's files.
        """
        from lossguard.packing import unpack

        if not Seen(names=self.names).still_holds(now):
            return Observation()
        paths = list(self.digests)
        same = {
            n for n, file in enumerate(paths) if self.digests[file] == (digests.get(file) or now.digest(file))
        }
        found, reach = [], set[int]()
        for number in numbers:
            kept = self.files.get(str(program.sources[number].file))
            if kept is not None and same.issuperset(kept.reach):
                with suppress(ValueError):
                    found.append(replace(unpack(kept.packed, FileResult), number=number))
                    reach.update(kept.reach)
        read = {paths[n]: self.digests[paths[n]] for n in reach if paths[n] not in digests}
        return Observation(tuple(found), Seen(read, self.names))

    def updated(self, program: Program, digests: Mapping[str, str], observation: Observation) -> KeptProgram:
        """The same with what was observed anew; files keep their numbers, and new ones come last."""
        from lossguard.packing import pack

        digests = {**self.digests, **observation.seen.files, **digests}
        at = {file: number for number, file in enumerate(digests)}
        files = dict(self.files)
        for each in observation.results:
            file = str(program.sources[each.number].file)
            reach = {at[path] for path in {file, *each.reach} if path in at}
            files[file] = KeptFile(pack(replace(each, reach=())), tuple(sorted(reach)))
        names = Seen.together((Seen(names=self.names), observation.seen)).names
        return KeptProgram(digests, names, files)


@dataclass(frozen=True)
class Recalling:
    """Observes by ``otherwise`` what has changed of a program of several files, and keeps the rest."""

    folder: Path
    otherwise: Observe

    def __call__(self, program: Program, config: Config, numbers: Sequence[int]) -> Observation:
        """Observe files of a program."""
        files = [(source.path, source.file) for source in program.sources]
        if len(files) < 2 or not _is_ours(self.folder) or any(file is None for _, file in files):
            return self.otherwise(program, config, numbers)
        place = self.folder / f"{_key(files, program.top, config)}.msgpack"
        before = _recall(place, msgspec.msgpack.Decoder(KeptProgram)) or KeptProgram()
        digests = {str(source.file): source.digest for source in program.sources}
        known = before.recalled(program, numbers, digests, Now())
        left = sorted(set(numbers) - {each.number for each in known.results})
        if not left:
            return known
        anew = self.otherwise(program, config, left)
        if len(known.results) + len(anew.results) == len(files):
            with suppress(ValueError):
                kept = (before if known.results else KeptProgram()).updated(program, digests, anew)
                _keep(place, msgspec.msgpack.encode(kept))
        return Observation.together((known, anew))


def _is_ours(folder: Path) -> bool:
    """Whether nobody else may have put anything into a folder; where that cannot be asked, nobody has."""
    try:
        status = folder.stat()
    except OSError:
        return True
    return not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & stat.S_IWOTH)


def _key(
    files: Iterable[tuple[object, ...]], top: Path | None, config: Config, codes: Sequence[str] = ()
) -> str:
    taught = dict(config.losses), dict(config.activations)
    asked = _version(), Path.cwd(), top, codes, taught, sorted(tuple(map(str, file)) for file in files)
    return digest_of(msgspec.json.encode(asked, enc_hook=str))


def _version() -> tuple[object, ...]:
    """The versions of lossguard and Python; code of lossguard that is worked on is a version of its own."""
    return __version__, _code(), sys.version_info[:2]


@cache
def _code() -> str:
    return digest_of(b"".join(Path(file).read_bytes() for file in sorted(_modules(_PACKAGE))))


def _modules(folder: str | Path) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                yield entry.path
            elif entry.is_dir() and entry.name != "__pycache__":
                yield from _modules(entry.path)


def _recall(file: Path, decoder: _Decoder[_T]) -> _T | None:
    try:
        known = decoder.decode(file.read_bytes())
        os.utime(file)
    except (OSError, ValueError):
        return None
    return known


def _keep(file: Path, content: bytes) -> None:
    import tempfile

    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=".", dir=file.parent)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
            Path(temporary).replace(file)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        if next(_kept) % _BETWEEN == 0:
            _bound(file.parent)
    except OSError:
        return


def _bound(folder: Path) -> None:
    """Remove the entries that nobody has asked for the longest, until the rest is small enough."""
    with os.scandir(folder) as found:
        entries = sorted(
            ((status.st_mtime_ns, status.st_size, each.path) for each in found for status in [each.stat()]),
            reverse=True,
        )
    total = 0
    for _, size, path in entries:
        total += size
        if total > MOST_BYTES:
            Path(path).unlink(missing_ok=True)
