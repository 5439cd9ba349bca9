"""Annotations of a GitHub workflow run."""

from __future__ import annotations

from collections.abc import Sequence

from lossguard.cli.output import Page, location
from lossguard.diagnostics import Diagnostic

_ESCAPED = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_ESCAPED_PROPERTY = {**_ESCAPED, **str.maketrans({":": "%3A", ",": "%2C"})}


def render(findings: Sequence[Diagnostic], page: Page) -> str:
    """Write ``::error file=train.py,line=31,…::message``, a line a finding."""
    return "".join(f"{_command(each, page)}\n" for each in findings)


def _command(finding: Diagnostic, page: Page) -> str:
    span = page.stored(finding.span)
    properties = {
        "file": span.path,
        "line": span.line,
        "endLine": span.end_line,
        "title": f"lossguard ({finding.code})",
    }
    if span.line == span.end_line:  # GitHub takes columns within one line only
        properties |= {"col": span.column, "endColumn": max(span.end_column - 1, span.column)}
    listed = ",".join(f"{key}={str(value).translate(_ESCAPED_PROPERTY)}" for key, value in properties.items())
    message = f"{location(finding.span)}: {finding.code} {finding.message}\nhelp: {finding.help}"
    return f"::{finding.severity.value} {listed}::{message.translate(_ESCAPED)}"
