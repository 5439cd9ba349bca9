"""Findings for programs: a JSON array, as the documentation pins it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from lossguard.cli.output import Page, documentation
from lossguard.diagnostics import Diagnostic, Fix, Span


def render(findings: Sequence[Diagnostic], page: Page) -> str:  # noqa: ARG001
    """Write an array with one object a finding; empty when clean."""
    return json.dumps([_finding(each) for each in findings], indent=2) + "\n"


def _finding(finding: Diagnostic) -> dict[str, object]:
    span = finding.span
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        **_extent(span),
        "cell": span.cell,
        "message": finding.message,
        "trace": [
            {
                "path": step.span.path,
                "line": step.span.line,
                "column": step.span.column,
                "message": step.message,
            }
            for step in finding.trace
        ],
        "fix": None if finding.fix is None else _fix(finding.fix),
        "url": documentation(finding.code),
    }


def _fix(fix: Fix) -> dict[str, object]:
    return {
        "applicability": fix.applicability.value,
        "message": fix.message,
        "edits": [{**_extent(edit.span), "content": edit.content, **_cell(edit.span)} for edit in fix.edits],
    }


def _cell(span: Span) -> dict[str, object]:
    """The cell of an edit, in a notebook only."""
    return {} if span.cell is None else {"cell": span.cell}


def _extent(span: Span) -> dict[str, object]:
    return {
        "path": span.path,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
