"""Findings as a JUnit report: a suite a file, a failed test a finding."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from xml.etree import ElementTree as ET

from lossguard.cli.output import Page, location
from lossguard.diagnostics import Diagnostic, Span

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(findings: Sequence[Diagnostic], page: Page) -> str:
    """Write ``<testsuites>``; without findings it holds one test, which passes."""
    root = _element(None, "testsuites", name="lossguard")
    for path, group in groupby(findings, key=lambda each: each.span.path):
        failed = list(group)
        suite = _element(root, "testsuite", name=path, **_counts(len(failed), len(failed)))
        for finding in failed:
            _append_failure(suite, finding, page.stored(finding.span))
    if not findings:
        suite = _element(root, "testsuite", name="lossguard", **_counts(1, 0))
        _element(suite, "testcase", name="no findings", classname="lossguard")
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _counts(tests: int, failures: int) -> dict[str, str]:
    return {"tests": str(tests), "failures": str(failures), "errors": "0"}


def _append_failure(suite: ET.Element, finding: Diagnostic, stored: Span) -> None:
    place = location(finding.span)
    case = _element(
        suite,
        "testcase",
        name=f"{finding.code} {finding.name} at {place}",
        classname=stored.path,
        file=stored.path,
        line=str(stored.line),
    )
    failure = _element(case, "failure", message=finding.message, type=finding.code)
    trace = (f"{location(step.span)}: {step.message}" for step in finding.trace)
    text = "\n".join((f"{place}: {finding.message}", *trace, f"help: {finding.help}"))
    failure.text = _NOT_XML.sub("\ufffd", text)


def _element(parent: ET.Element | None, tag: str, **attributes: str) -> ET.Element:
    shown = {key: _NOT_XML.sub("\ufffd", value) for key, value in attributes.items()}
    if parent is None:
        return ET.Element(tag, shown)
    return ET.SubElement(parent, tag, shown)
