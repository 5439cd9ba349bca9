"""A file as it lies on disk, and edits of it that leave every other byte as it was."""

from __future__ import annotations

import io
import os
import re
import tokenize
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lossguard.analysis.notebook_text import StoredCell, stored_cells
from lossguard.analysis.source import SourceError, SourceFile, from_bytes
from lossguard.analysis.syntax import parse, readable
from lossguard.diagnostics import Edit

_NEWLINE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Document:
    """A module or a notebook, newlines and all.

    cells: the cells of a notebook by their number.
    """

    path: str
    text: str
    encoding: str
    cells: Mapping[int, StoredCell] = field(default_factory=dict)

    def edited(self, edits: Iterable[Edit]) -> bytes:
        """Return the file with the edits made; they must not overlap.

        Raises LookupError for a place that there is not, SourceError where the result is no program.
        """
        edits = tuple(edits)
        text = self.text
        for start, end, content in sorted((self._placed(edit) for edit in edits), reverse=True):
            text = text[:start] + content + text[end:]
        data = text.encode(self.encoding)
        _parse(from_bytes(data, self.path), {edit.span.cell for edit in edits})
        return data

    def _placed(self, edit: Edit) -> tuple[int, int, str]:
        """Where an edit starts and ends in the text, and what it puts there."""
        span = edit.span
        if span.cell is None:
            places = self._offset(span.line, span.column), self._offset(span.end_line, span.end_column)
            return *places, edit.content.replace("\n", _newline(self.text))
        cell = self.cells[span.cell]
        places = cell.place(span.line, span.column), cell.place(span.end_line, span.end_column)
        return *places, cell.stored(edit.content.replace("\n", _newline(cell.text)))

    def _offset(self, line: int, column: int) -> int:
        starts = [0, *(newline.end() for newline in _NEWLINE.finditer(self.text))]
        return starts[line - 1] + column - 1


def _parse(source: SourceFile, cells: Iterable[int | None]) -> None:
    """Parse a module, or these cells of a notebook; raises SourceError where that fails."""
    try:
        parse(source)
    except SourceError:
        rest = readable(source)
        if rest is None or any(rest.lines(cell) != source.lines(cell) for cell in cells):
            raise


def document(data: bytes, path: str | os.PathLike[str]) -> Document:
    """Decode a file; raises ValueError or SyntaxError where it is not text, or no notebook."""
    name = os.fspath(path)
    if name.endswith(".ipynb"):
        encoding = "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8"
        text = data.decode(encoding)
        return Document(name, text, encoding, stored_cells(text))
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return Document(name, data.decode(encoding), encoding)


def _newline(text: str) -> str:
    found = _NEWLINE.search(text)
    return found[0] if found else "\n"
