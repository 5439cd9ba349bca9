"""LG901."""

from __future__ import annotations

from lossguard.facts import LossCall
from lossguard.rules.base import Finding, Rule


class UnreadableFile(Rule):
    """The file cannot be read or parsed, so nothing in it has been checked.

    ## What it does
    Reports a file that cannot be opened, decoded, or parsed as Python, or as a notebook. Of a notebook with a
    cell that is not Python, only that cell is left out, and is reported.

    ## Why is this bad
    A file that is skipped in silence looks like a file without mistakes.

    ## Example
    ```python
    def forward(self, x:
        return self.fc(x)
    ```

    ## Use instead
    ```python
    def forward(self, x):
        return self.fc(x)
    ```

    ## Fix safety
    No fix is offered.

    ## Known limits
    Code is read with the grammar of the Python that runs lossguard: newer syntax counts as an error.

    ## References
    - [Python: the full grammar specification](https://docs.python.org/3/reference/grammar.html)
    """

    code = "LG901"
    name = "unreadable-file"

    def check(self, call: LossCall) -> Finding | None:  # noqa: ARG002
        """Find nothing: the rule is reported where a file is read."""
        return None
