"""What the guard raises and warns.

ValueError
└── LossGuardError
UserWarning
└── LossGuardWarning
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lossguard.diagnostics import Diagnostic


class LossGuardError(ValueError):
    """A loss call breaks the contract of its loss.

    diagnostic: the finding.
    """

    def __init__(self, diagnostic: Diagnostic, text: str | None = None) -> None:
        self.diagnostic = diagnostic
        super().__init__(diagnostic.message if text is None else text)

    @property
    def code(self) -> str:
        """The code of the rule that the call breaks."""
        return self.diagnostic.code

    def __reduce__(self) -> tuple[type[LossGuardError], tuple[Diagnostic, str]]:
        return type(self), (self.diagnostic, str(self))


class LossGuardWarning(UserWarning):
    """A loss call breaks the contract of its loss, and the guard was asked to warn.

    diagnostic: the finding.
    """

    def __init__(self, diagnostic: Diagnostic, text: str | None = None) -> None:
        self.diagnostic = diagnostic
        super().__init__(diagnostic.message if text is None else text)

    @property
    def code(self) -> str:
        """The code of the rule that the call breaks."""
        return self.diagnostic.code

    def __reduce__(self) -> tuple[type[LossGuardWarning], tuple[Diagnostic, str]]:
        return type(self), (self.diagnostic, str(self))
