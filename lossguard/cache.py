"""Keeps assessments on the disk, so that a program that has not changed is not assessed again.

An entry is found by what the assessment was asked for: the digests and places of the program's files, the
part of the configuration that matters, and the version of lossguard and of Python. It counts only while the
files and folders that were looked at besides are as they were. Entries are JSON, decoded by type; one that
cannot be is as good as none, and is written anew. The oldest go when the cache grows beyond its bound.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

from lossguard import __version__
from lossguard.analysis.disk import common_folder
from lossguard.analysis.source import digest_of
from lossguard.assessment import Assess, Assessment, Program, rules_in_force
from lossguard.config import Config

PLACE = "LOSSGUARD_CACHE_DIR"
SWITCH = "LOSSGUARD_NO_CACHE"
MOST_BYTES = 64 << 20
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

    What found nothing at all is not kept: most files have no loss call, which is seen at once.
    Several processes may use one folder at once. A folder that cannot be written to is left alone, and so is
    one that belongs to somebody else or that everybody may write to: what lies there could be anybody's.
    """

    folder: Path
    otherwise: Assess

    def __call__(self, program: Program, config: Config) -> Assessment:
        """Assess a program."""
        if not _is_ours(self.folder):
            return self.otherwise(program, config)
        file = self.folder / f"{_key(program, config)}.json"
        known = _recall(file)
        if known is None:
            known = self.otherwise(program, config)
            if known.calls or known.failures or known.stops:
                _keep(file, known)
        return known


def _is_ours(folder: Path) -> bool:
    """Whether nobody else may have put anything into a folder; where that cannot be asked, nobody has."""
    try:
        status = folder.stat()
    except OSError:
        return True
    return not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & stat.S_IWOTH)


def _key(program: Program, config: Config) -> str:
    files = sorted((source.path, str(source.file), source.digest) for source in program.sources)
    top = program.top or common_folder(source.file for source in program.sources if source.file is not None)
    codes = [rule.code for rule in rules_in_force(config)]
    asked = (_version(), Path.cwd(), top, codes, dict(config.losses), dict(config.activations), files)
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


def _recall(file: Path) -> Assessment | None:
    try:
        known = msgspec.json.decode(file.read_bytes(), type=Assessment)
        if not known.seen.still_there:
            return None
        os.utime(file)
    except (OSError, ValueError):
        return None
    return known


def _keep(file: Path, assessment: Assessment) -> None:
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=".", dir=file.parent)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(msgspec.json.encode(assessment))
            Path(temporary).replace(file)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
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
