"""Findings for people: the source with the argument underlined, and the way of the value step by step."""

from __future__ import annotations

from collections.abc import Sequence

from lossguard.cli.output import Page
from lossguard.diagnostics import Diagnostic


def render(findings: Sequence[Diagnostic], page: Page) -> str:
    """Draw every finding; a clean run does not load what draws."""
    if not findings:
        return ""
    from lossguard.cli.output.picture import draw

    return draw(findings, page)
