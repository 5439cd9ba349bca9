"""Applying fixes to files: a fix whole or not at all, a file in one step, all other bytes as they were."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lossguard.diagnostics import Applicability, Diagnostic, Edit, Fix
from lossguard.files import write

_NEWLINE = re.compile(r"\r\n|\r|\n")
_ONLY_PARSE = 0x400  # ast.PyCF_ONLY_AST


@dataclass(frozen=True, slots=True)
class _Document:
    """A file as it lies on disk, newlines and all."""

    text: str
    encoding: str

    def offset(self, line: int, column: int) -> int:
        """Return where a place stands in ``text``; IndexError where there is no such line."""
        starts = [0, *(newline.end() for newline in _NEWLINE.finditer(self.text))]
        return starts[line - 1] + column - 1

    def edited(self, edits: Iterable[Edit]) -> bytes:
        """Return the file with the edits made; they must not overlap."""
        newline = found[0] if (found := _NEWLINE.search(self.text)) else "\n"
        text = self.text
        for start, end, content in sorted((self.placed(edit) for edit in edits), reverse=True):
            text = text[:start] + content.replace("\n", newline) + text[end:]
        compile(text, "<fixed>", "exec", _ONLY_PARSE, dont_inherit=True)
        return text.encode(self.encoding)

    def placed(self, edit: Edit) -> tuple[int, int, str]:
        """Return start, end and new content of an edit."""
        span = edit.span
        start, end = self.offset(span.line, span.column), self.offset(span.end_line, span.end_column)
        return start, end, edit.content


def apply_safe(findings: Iterable[Diagnostic], files: Mapping[str, Path]) -> int:
    """Apply the safe fixes of findings and return how many were applied.

    files: the files that may be changed, by the path that spans give. A fix that touches another file or a
    notebook, overlaps one already chosen, or would leave a file that does not parse is left out.
    Raises OSError where a file cannot be read or written; the file is then as it was.
    """
    documents: dict[str, _Document] = {}
    chosen: list[Fix] = []
    results: dict[str, bytes] = {}
    for fix in _candidates(findings, files):
        for path in {edit.span.path for edit in fix.edits} - documents.keys():
            documents[path] = _read(files[path])
        if any(_overlap(edit, other) for edit in fix.edits for taken in chosen for other in taken.edits):
            continue
        try:
            changed = _edited(documents, [*chosen, fix])
        except (SyntaxError, ValueError, IndexError):
            continue
        chosen.append(fix)
        results = changed
    for path, data in results.items():
        write(files[path], data)
    return len(chosen)


def _candidates(findings: Iterable[Diagnostic], files: Mapping[str, Path]) -> Iterator[Fix]:
    fixes = dict.fromkeys(finding.fix for finding in findings if finding.fix is not None)
    for fix in fixes:
        reachable = all(edit.span.path in files and edit.span.cell is None for edit in fix.edits)
        if fix.applicability is Applicability.SAFE and fix.edits and reachable:
            yield fix


def _read(file: Path) -> _Document:
    data = file.read_bytes()
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return _Document(data.decode(encoding), encoding)


def _edited(documents: Mapping[str, _Document], fixes: Iterable[Fix]) -> dict[str, bytes]:
    edits = list(dict.fromkeys(edit for fix in fixes for edit in fix.edits))
    paths = sorted({edit.span.path for edit in edits})
    return {path: documents[path].edited(edit for edit in edits if edit.span.path == path) for path in paths}


def _overlap(one: Edit, other: Edit) -> bool:
    """Whether two edits touch the same text; the same edit, wanted twice, is no conflict."""
    if one == other or one.span.path != other.span.path:
        return False
    starts = (one.span.line, one.span.column), (other.span.line, other.span.column)
    ends = (one.span.end_line, one.span.end_column), (other.span.end_line, other.span.end_column)
    return starts[0] == starts[1] or max(starts) < min(ends)
