"""Findings as a code quality report of GitLab."""

from __future__ import annotations

import json
from collections.abc import Sequence

from lossguard.cli.output import Page
from lossguard.diagnostics import Diagnostic, Severity
from lossguard.fingerprints import fingerprints


def render(findings: Sequence[Diagnostic], page: Page) -> str:
    """Write an array with one object a finding; empty when clean."""
    marks = fingerprints(findings, page.lines, lambda span: span.path)
    report = [_issue(each, mark, page) for each, mark in zip(findings, marks, strict=True)]
    return json.dumps(report, indent=2) + "\n"


def _issue(finding: Diagnostic, mark: str, page: Page) -> dict[str, object]:
    span = page.stored(finding.span)
    cell = "" if finding.span.cell is None else f" (cell {finding.span.cell})"
    return {
        "description": f"{finding.code}: {finding.message}{cell}",
        "check_name": finding.code,
        "fingerprint": mark,
        "severity": "major" if finding.severity is Severity.ERROR else "minor",
        "location": {
            "path": span.path,
            "positions": {
                "begin": {"line": span.line, "column": span.column},
                "end": {"line": span.end_line, "column": span.end_column},
            },
        },
    }
