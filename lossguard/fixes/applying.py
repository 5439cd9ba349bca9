"""Applying fixes: a fix whole or not at all, all other bytes as they were.

Nothing is written here: files come in as bytes and go out as bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from lossguard.analysis.source import SourceError, SourceFile
from lossguard.diagnostics import Applicability, Diagnostic, Edit, Fix
from lossguard.documents import Document, document


def applied(
    findings: Iterable[Diagnostic],
    sources: Mapping[str, SourceFile],
    read: Callable[[str], bytes],
    *,
    unsafe: bool = False,
) -> tuple[int, dict[str, bytes]]:
    """Apply fixes; return how many, and the new content of each file that changes.

    sources: the files that may be changed, by the path that spans give; ``read`` gives their bytes.
    A fix is left out that touches another file or a line where the rule is silenced, that overlaps one
    already chosen, or after which a file would not parse. Raises what ``read`` raises.
    """
    documents: dict[str, Document] = {}
    chosen: list[Fix] = []
    results: dict[str, bytes] = {}
    for fix in _candidates(findings, sources, unsafe=unsafe):
        if any(_overlap(edit, other) for edit in fix.edits for taken in chosen for other in taken.edits):
            continue
        contents = {edit.span.path: read(edit.span.path) for edit in fix.edits}
        try:
            for path in contents.keys() - documents.keys():
                documents[path] = document(contents[path], path)
            changed = _edited(documents, [*chosen, fix])
        except (SyntaxError, ValueError, LookupError, SourceError):
            continue
        chosen.append(fix)
        results = changed
    return len(chosen), results


def applicable(finding: Diagnostic, sources: Mapping[str, SourceFile]) -> bool:
    """Whether a finding has a fix that changes these files only, and no line where the rule is silenced."""
    edits = finding.fix.edits if finding.fix is not None else ()
    touched = [(sources.get(edit.span.path), edit.span) for edit in edits]
    return bool(edits) and all(
        source and not source.suppresses(span, finding.code) for source, span in touched
    )


def _candidates(
    findings: Iterable[Diagnostic], sources: Mapping[str, SourceFile], *, unsafe: bool
) -> list[Fix]:
    wanted: dict[Fix, None] = {}
    for finding in findings:
        fix = finding.fix
        if fix is None or (fix.applicability is Applicability.UNSAFE and not unsafe):
            continue
        if applicable(finding, sources):
            wanted[fix] = None
    return list(wanted)


def _edited(documents: Mapping[str, Document], fixes: Iterable[Fix]) -> dict[str, bytes]:
    edits = list(dict.fromkeys(edit for fix in fixes for edit in fix.edits))
    paths = sorted({edit.span.path for edit in edits})
    return {path: documents[path].edited(edit for edit in edits if edit.span.path == path) for path in paths}


def _overlap(one: Edit, other: Edit) -> bool:
    """Whether two edits touch the same text; the same edit, wanted twice, is no conflict."""
    if one == other or (one.span.path, one.span.cell) != (other.span.path, other.span.cell):
        return False
    starts = (one.span.line, one.span.column), (other.span.line, other.span.column)
    ends = (one.span.end_line, one.span.end_column), (other.span.end_line, other.span.end_column)
    return starts[0] == starts[1] or max(starts) < min(ends)
