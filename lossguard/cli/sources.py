"""The text behind findings, read when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lossguard.analysis.source import SourceError, SourceFile, read
from lossguard.diagnostics import Edit, Span

if TYPE_CHECKING:
    from lossguard.analysis.notebook_text import StoredCell


class Sources:
    """The files that findings and their traces lie in; those that were not checked are read."""

    def __init__(self, sources: Iterable[SourceFile]) -> None:
        self._known: dict[str, SourceFile | None] = {source.path: source for source in sources}
        self._cells: dict[str, dict[int, StoredCell]] = {}

    def lines(self, span: Span) -> Sequence[str]:
        """The lines that a span counts; none where the file cannot be read."""
        source = self._source(span.path)
        return () if source is None else source.lines(span.cell)

    def stored(self, span: Span) -> Span:
        """Where a span of a notebook stands in the JSON text; the span itself where that is not known."""
        cell = self.stored_cell(span)
        if cell is None:
            return span
        try:
            start, end = cell.place(span.line, span.column), cell.place(span.end_line, span.end_column)
        except IndexError:
            return span
        (line, column), (end_line, end_column) = (_position(cell.json, offset) for offset in (start, end))
        return replace(span, line=line, column=column, end_line=end_line, end_column=end_column, cell=None)

    def stored_edit(self, edit: Edit) -> Edit:
        """What an edit of a notebook does to its JSON text; the edit itself where that is not known."""
        cell, span = self.stored_cell(edit.span), self.stored(edit.span)
        return edit if cell is None or span == edit.span else Edit(span, cell.stored(edit.content))

    def stored_cell(self, span: Span) -> StoredCell | None:
        """The cell of a notebook that a span lies in, as it is stored."""
        source = self._source(span.path)
        if span.cell is None or source is None or source.file is None:
            return None
        if span.path not in self._cells:
            from lossguard.analysis.notebook_text import stored_cells

            try:
                self._cells[span.path] = stored_cells(source.file.read_text("utf-8-sig"))
            except (OSError, ValueError, LookupError, AttributeError):
                self._cells[span.path] = {}
        return self._cells[span.path].get(span.cell)

    def _source(self, path: str) -> SourceFile | None:
        if path not in self._known:
            try:
                self._known[path] = read(path)
            except SourceError:
                self._known[path] = None
        return self._known[path]


def _position(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
