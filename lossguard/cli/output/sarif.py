"""Findings for code scanning: a SARIF 2.1.0 log.

The way of the value is a code flow that ends at the loss, and its steps are related locations as well.
A cell of a notebook is a logical location; regions are those of the file as it is stored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from inspect import cleandoc
from pathlib import Path, PurePath
from urllib.parse import quote

from lossguard import __version__
from lossguard.cli.output import HOME, Page, documentation
from lossguard.diagnostics import Diagnostic, Edit, Fix, Severity, Span
from lossguard.fingerprints import fingerprints
from lossguard.rules import Rule, all_rules

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LINK = re.compile(r"\[(?=[^\]]*\]\()")

Object = dict[str, object]


def render(findings: Sequence[Diagnostic], page: Page) -> str:
    """Write a log with one run; it names every rule, and has one result a finding."""
    rules = all_rules()
    marks = fingerprints(findings, page.lines, lambda span: span.path)
    run: Object = {
        "tool": {"driver": _driver(rules)},
        "columnKind": "unicodeCodePoints",
        "results": [
            {
                **_result(finding, page),
                "ruleIndex": next(index for index, rule in enumerate(rules) if rule.code == finding.code),
                "partialFingerprints": {"lossguard/v1": mark},
            }
            for finding, mark in zip(findings, marks, strict=True)
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _driver(rules: Sequence[Rule]) -> Object:
    return {
        "name": "lossguard",
        "version": __version__,
        "informationUri": HOME,
        "rules": [_rule(each) for each in rules],
    }


def _rule(rule: Rule) -> Object:
    text = cleandoc(rule.__doc__ or "")
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": text.partition("\n")[0]},
        "help": {"text": text, "markdown": text},
        "helpUri": documentation(rule.code),
        "defaultConfiguration": {"level": _level(rule.severity), "enabled": rule.on_by_default},
    }


def _result(finding: Diagnostic, page: Page) -> Object:
    result: Object = {
        "ruleId": finding.code,
        "level": _level(finding.severity),
        "message": _message(f"{finding.message}\n{finding.help}"),
        "locations": [_location(finding.span, page)],
    }
    if finding.trace:
        steps = [_location(step.span, page, step.message) for step in finding.trace]
        end = _location(finding.span, page, finding.message)
        result["relatedLocations"] = [{"id": number, **step} for number, step in enumerate(steps, 1)]
        result["codeFlows"] = [
            {"threadFlows": [{"locations": [{"location": each} for each in (*steps, end)]}]}
        ]
    if finding.fix is not None:
        edits = [page.stored_edit(edit) for edit in finding.fix.edits]
        if all(edit.span.cell is None for edit in edits):
            result["fixes"] = [_fix(finding.fix, edits)]
    return result


def _location(span: Span, page: Page, message: str | None = None) -> Object:
    location: Object = {
        "physicalLocation": {"artifactLocation": _artifact(span.path), "region": _region(page.stored(span))}
    }
    if span.cell is not None:
        location["logicalLocations"] = [{"name": f"cell {span.cell}", "kind": "module"}]
    if message is not None:
        location["message"] = _message(message)
    return location


def _region(span: Span) -> Object:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _artifact(path: str) -> Object:
    if PurePath(path).is_absolute():
        return {"uri": Path(path).as_uri()}
    return {"uri": quote(path, errors="surrogateescape"), "uriBaseId": "%SRCROOT%"}


def _fix(fix: Fix, edits: Sequence[Edit]) -> Object:
    changes: dict[str, list[Object]] = {}
    for edit in edits:
        replacement: Object = {
            "deletedRegion": _region(edit.span),
            "insertedContent": {"text": edit.content},
        }
        changes.setdefault(edit.span.path, []).append(replacement)
    return {
        "description": _message(f"{fix.message} ({fix.applicability.value})"),
        "artifactChanges": [
            {"artifactLocation": _artifact(path), "replacements": replacements}
            for path, replacements in changes.items()
        ],
    }


def _message(text: str) -> Object:
    """A message; what would be a link in it is escaped."""
    return {"text": _LINK.sub(r"\\[", text)}


def _level(severity: Severity) -> str:
    return "error" if severity is Severity.ERROR else "warning"
