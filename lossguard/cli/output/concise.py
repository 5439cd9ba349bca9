"""One line a finding, as compilers write them."""

from __future__ import annotations

from collections.abc import Sequence

from lossguard.cli.fixable import FIX
from lossguard.cli.output import Page, location
from lossguard.diagnostics import Diagnostic


def render(findings: Sequence[Diagnostic], page: Page) -> str:
    """Write ``train.py:31:22: LG101 message``, with ``[*]`` before the message where ``--fix`` mends it."""
    return "".join(
        f"{location(each.span)}: {each.code} {_mark(each, page)}{each.message}\n" for each in findings
    )


def _mark(finding: Diagnostic, page: Page) -> str:
    return "[*] " if page.fixed_by(finding) == FIX else ""
