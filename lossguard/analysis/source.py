"""A file or notebook as text: decoding, cells, magics and suppression comments.

Newlines are line feeds whatever the file has, so lines are what ``ast`` counts. A notebook is one program:
its code cells one after the other, with everything that is not Python masked line by line.
"""

from __future__ import annotations

import io
import os
import re
import stat
from bisect import bisect_right
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lossguard.analysis.notebook import Cell
    from lossguard.diagnostics import Span

NOQA = r"(?i)#\s*noqa(?::\s?(?P<codes>[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*))?"
_IGNORE_FILE = r"(?im)^[ \t]*#[ \t]*lossguard:[ \t]*ignore-file\b"


class SourceError(Exception):
    """A file that cannot be read or parsed.

    message: one line, without the path.
    line, column: 1-based, in the file as it lies on disk, or in ``SourceFile.text`` once there is one.
    """

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.line = max(line, 1)
        self.column = max(column, 1)


class SourceFile(NamedTuple):
    """A Python program and where its lines stand.

    path: as displayed.
    file: absolute; None for text that has no file.
    utf8: the text as bytes: a single character beyond Latin-1 doubles or quadruples what a text takes.
    cells: the code cells of a notebook, in order; empty for a module.
    changed: a hash of the bytes that it was read from, where its text is not just these.
    """

    path: str
    file: Path | None
    utf8: bytes
    cells: tuple[Cell, ...] = ()
    changed: str = ""

    @property
    def digest(self) -> str:
        """A hash of the bytes that it was read from; it is made each time."""
        return self.changed or digest_of(self.utf8)

    @property
    def text(self) -> str:
        """The program; it is decoded each time."""
        return self.utf8.decode("utf-8", "surrogatepass")

    @property
    def ignored(self) -> bool:
        """Whether ``# lossguard: ignore-file`` stands in it."""
        return b"ignore-file" in self.utf8.lower() and re.search(_IGNORE_FILE, self.text) is not None

    def span(self, line: int, column: int, end_line: int, end_column: int) -> Span:
        """Place a stretch of ``text``; lines and columns are 1-based, columns count code points."""
        from lossguard.diagnostics import Span

        cell = self._cell_at(line)
        if cell is None:
            return Span(self.path, line, column, end_line, end_column)
        before = cell.first_line - 1
        return Span(self.path, line - before, column, end_line - before, end_column, cell.number)

    def lines(self, cell: int | None = None) -> list[str]:
        """Return the lines that spans of the file, or of its cell with that number, count; or nothing."""
        lines = self.text.split("\n")
        if cell is None:
            return lines
        lines = [line.replace("\f", " ") for line in lines]  # which the cell was made to fit with
        first = next((each.first_line for each in self.cells if each.number == cell), None)
        if first is None:
            return []
        following = [candidate.first_line for candidate in self.cells if candidate.first_line > first]
        return lines[first - 1 : min(following, default=len(lines)) - 1]

    def suppresses(self, span: Span, code: str) -> bool:
        """Whether a ``noqa`` comment on the first or last line of the span silences the code."""
        lines = self.lines(span.cell)
        return any(
            _silences(lines[line - 1], code) for line in {span.line, span.end_line} if 1 <= line <= len(lines)
        )

    def _cell_at(self, line: int) -> Cell | None:
        index = bisect_right(self.cells, line, key=lambda cell: cell.first_line)
        return self.cells[max(index - 1, 0)] if self.cells else None


def read(path: str | os.PathLike[str]) -> SourceFile:
    """Read a regular file.

    Raises SourceError for anything that is not one, or that cannot be decoded.
    """
    file = path if isinstance(path, Path) and path.is_absolute() else Path(os.path.abspath(path))
    try:
        data = _regular_bytes(file)
    except OSError as error:
        raise SourceError(error.strerror or str(error)) from error
    except ValueError as error:
        raise SourceError(str(error)) from error
    return from_bytes(data, file)


def from_bytes(data: bytes, path: str | os.PathLike[str]) -> SourceFile:
    """Decode the content of a file by its byte order mark or coding comment (PEP 263).

    Raises SourceError where the bytes are not text, or not a notebook although the name says so.
    """
    if _is_plain(data, os.fspath(path)):
        return SourceFile(*_named(path), data)
    digest = digest_of(data)
    if os.fspath(path).endswith(".ipynb"):
        return from_text(_decoded(data, "utf-8-sig"), path, digest)
    from tokenize import detect_encoding

    try:
        encoding, _ = detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        _decoded(data, "utf-8-sig")
        raise SourceError(str(error)) from error
    return from_text(_decoded(data, encoding), path, digest)


def from_text(text: str, path: str | os.PathLike[str], digest: str | None = None) -> SourceFile:
    """Make a source of text; a path in angle brackets (``<string>``) names no file.

    digest: that of the bytes behind the text, where there are any.
    Raises SourceError for null bytes, and for a broken notebook.
    """
    digest = digest or digest_of(text.encode(errors="surrogatepass"))
    name = os.fspath(path)
    shown, file = _named(name)
    if name.endswith(".ipynb"):
        from lossguard.analysis.notebook import NotebookError, code_cells

        try:
            text, cells = code_cells(text)
        except NotebookError as error:
            raise SourceError(error.message, error.line, error.column) from error
    else:
        text, cells = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"), ()
    if (null := text.find("\0")) >= 0:
        raise SourceError("source code cannot contain null bytes", *_position(text, null))
    return SourceFile(shown, file, text.encode("utf-8", "surrogatepass"), cells, digest)


def _is_plain(data: bytes, name: str) -> bool:
    """Whether bytes are the text of a program as they stand: UTF-8 with nothing that has to be changed."""
    if data.startswith(b"\xef\xbb\xbf") or b"\r" in data or b"\0" in data or name.endswith(".ipynb"):
        return False
    if b"coding" in b"".join(data.split(b"\n", 2)[:2]):
        return False
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _named(path: str | os.PathLike[str]) -> tuple[str, Path | None]:
    """How a path is displayed, and the file that it means: none where it stands in angle brackets."""
    name = os.fspath(path)
    if name.startswith("<"):
        return name, None
    file = os.path.abspath(name)
    return displayed(file), path if isinstance(path, Path) and file == name else Path(file)


def digest_of(data: bytes) -> str:
    """A hash of bytes by which they are told from any others."""
    from hashlib import sha256

    return sha256(data).hexdigest()[:32]


def displayed(path: str | os.PathLike[str]) -> str:
    """Return the path as messages show it: relative to the working directory when below it, with slashes."""
    file = os.path.abspath(path)
    with suppress(FileNotFoundError):
        file = file.removeprefix(os.getcwd().rstrip(os.sep) + os.sep)  # noqa: PTH109 - asked for each file
    return file.replace(os.sep, "/")


def _regular_bytes(file: Path) -> bytes:
    descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("not a regular file")
        data = os.read(descriptor, status.st_size + 1)
        if len(data) == status.st_size:
            return data
        # It grows, or takes more than one read.
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            return data + stream.read()
    finally:
        os.close(descriptor)


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(f"not valid {encoding.removesuffix('-sig')}: {error.reason}", line) from error
    except (LookupError, ValueError) as error:  # codecs raise what they like
        raise SourceError(str(error)) from error


def _position(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _silences(line: str, code: str) -> bool:
    comment = re.search(NOQA, line)
    if comment is None:
        return False
    codes = comment["codes"]
    return codes is None or code.startswith(tuple(re.split(r"[,\s]+", codes.upper())))
