"""LG903."""

from __future__ import annotations

from lossguard.diagnostics import Severity
from lossguard.facts import LossCall
from lossguard.rules.base import Finding, Rule


class AnalysisLimit(Rule):
    """The analysis of the file stopped at a limit: loss calls may have been left undecided, or not found.

    ## What it does
    Reports, once a file, the first function, class or module whose evaluation took more steps than it is
    allowed.

    ## Why is this bad
    It is no mistake in the program. But a file without findings has been looked through only up to there.

    ## Example
    ```python
    def train(args):  # hundreds of lines, with a choice on every second one
        ...
    ```

    ## Use instead
    ```python
    def train(args):
        model = build(args)
        fit(model, args)
    ```

    ## Fix safety
    No fix is offered.

    ## Known limits
    Off by default: the rule tells of the checker, not of the program. What other bounds leave out, such as
    calls that nest too deeply, shows in `lossguard calls` only.

    ## References
    - [Rice's theorem](https://en.wikipedia.org/wiki/Rice%27s_theorem)
    """

    code = "LG903"
    name = "analysis-limit"
    severity = Severity.WARNING
    on_by_default = False

    def check(self, call: LossCall) -> Finding | None:  # noqa: ARG002
        """Find nothing: the rule is reported where the analysis stops."""
        return None
