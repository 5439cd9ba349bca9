"""One line a finding, as compilers write them."""

from __future__ import annotations

from collections.abc import Sequence

from lossguard.cli.output import Page, location
from lossguard.diagnostics import Diagnostic


def render(findings: Sequence[Diagnostic], page: Page) -> str:  # noqa: ARG001
    """Write ``train.py:31:22: LG101 message``."""
    return "".join(f"{location(each.span)}: {each.code} {each.message}\n" for each in findings)
