"""The programs that an editor has open, as sources to check: files, and notebooks cell by cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lsprotocol import types as lsp
from pygls import uris
from pygls.workspace import Workspace

from lossguard.analysis.notebook import joined
from lossguard.analysis.source import SourceError, SourceFile, displayed, from_text
from lossguard.diagnostics import Span
from lossguard.discovery import SUFFIXES


@dataclass(frozen=True)
class Program:
    """An open file or notebook.

    documents: the address of the text of each cell by its number, of a file by None.
    """

    source: SourceFile
    documents: Mapping[int | None, str]

    @property
    def folder(self) -> Path:
        """Where it stands: where its configuration is looked for."""
        return self.source.file.parent if self.source.file else Path.cwd()


def programs(workspace: Workspace) -> Iterator[Program]:
    """Every program that is open and can be read."""
    cells = {cell.document for notebook in workspace.notebook_documents.values() for cell in notebook.cells}
    for notebook in workspace.notebook_documents.values():
        yield _notebook(notebook, workspace)
    for uri, document in workspace.text_documents.items():
        path = uris.to_fs_path(uri)
        if (
            uri in cells
            or (path and not path.endswith(SUFFIXES))
            or document.language_id not in {None, "", "python"}
        ):
            continue
        try:
            yield Program(from_text(document.source, path or f"<{uri}>"), {None: uri})
        except SourceError:
            continue


def _notebook(notebook: lsp.NotebookDocument, workspace: Workspace) -> Program:
    code = [
        (number, workspace.get_text_document(cell.document).source, cell.document)
        for number, cell in enumerate(notebook.cells, 1)
        if cell.kind is lsp.NotebookCellKind.Code
    ]
    text, places = joined((number, source) for number, source, _ in code)
    path = uris.to_fs_path(notebook.uri)
    shown, file = (displayed(path), Path(path)) if path else (f"<{notebook.uri}>", None)
    return Program(
        SourceFile(shown, file, text.encode("utf-8", "surrogatepass"), places),
        {number: uri for number, _, uri in code},
    )


def address(span: Span, open_programs: Mapping[str, Program]) -> str:
    """The address of the document that a span lies in."""
    program = open_programs.get(span.path)
    if program is not None and span.cell in program.documents:
        return program.documents[span.cell]
    return uris.from_fs_path(str(Path(span.path).absolute())) or span.path
