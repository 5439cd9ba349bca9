"""LG902."""

from __future__ import annotations

from lossguard.diagnostics import Severity
from lossguard.facts import LossCall
from lossguard.rules.base import Finding, Rule


class UnusedNoqa(Rule):
    """A `# noqa: LG…` silences nothing.

    ## What it does
    Reports a code in a `# noqa` comment for which there is no finding on its line. Codes of other tools are
    none of its business, and neither is a bare `# noqa`.

    ## Why is this bad
    Such a comment says that the line is wrong where it no longer is, and hides the mistake should it return.

    ## Example
    ```python
    loss = criterion(logits, labels)  # noqa: LG101
    ```

    ## Use instead
    ```python
    loss = criterion(logits, labels)
    ```

    ## Fix safety
    The fix is safe: it leaves the code out of the comment, or the comment out.

    ## Known limits
    Off by default: a finding that is silenced may be gone because the program changed, or because this
    version of lossguard sees less. Codes that are not selected, and those that only the guard reports, are
    not judged. flake8 runs its own `noqa`, so the plugin does not report this.

    ## References
    - [ruff: unused-noqa (RUF100)](https://docs.astral.sh/ruff/rules/unused-noqa/)
    """

    code = "LG902"
    name = "unused-noqa"
    severity = Severity.WARNING
    on_by_default = False

    def check(self, call: LossCall) -> Finding | None:  # noqa: ARG002
        """Find nothing: the rule is reported where the comments of a file are read."""
        return None
