"""Writing files so that they are never half-written."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path


def write(path: Path, data: bytes) -> None:
    """Replace the content of a file in one step; see ``write_all``."""
    write_all({path: data})


def write_all(contents: Mapping[Path, bytes]) -> None:
    """Replace the content of files, each in one step; their modes and the links to them stay.

    No file changes before the new content of every one is on the disk beside it. What is no regular file
    (a pipe, ``/dev/stdout``) is written to directly. Raises OSError, which names the file; a file that
    nobody may write to is refused.
    """
    with ExitStack() as cleared:
        ready = []
        for path, data in contents.items():
            with _named(path):
                if path.exists() and not path.is_file():
                    _pour(path, data)
                else:
                    ready.append((_beside(path.resolve(), data, cleared), path))
        for temporary, path in ready:
            with _named(path):
                temporary.replace(path.resolve())


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Let errors name the file that was meant."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _pour(path: Path, data: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(data)


def _beside(target: Path, data: bytes, cleared: ExitStack) -> Path:
    """A file in the same folder that is ready to take the place of another; it goes if it does not."""
    mode = _mode(target)
    if not mode & 0o222 or (target.exists() and not os.access(target, os.W_OK)):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    import tempfile

    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    temporary = Path(name)
    cleared.callback(temporary.unlink, missing_ok=True)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.chmod(mode)
    return temporary


def _mode(target: Path) -> int:
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
