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


class _Carrier(Exception):  # noqa: N818 - the base of an error and of a warning
    """Carries a finding, and takes it along when it is pickled."""

    def __init__(self, diagnostic: Diagnostic, text: str | None = None) -> None:
        self.diagnostic = diagnostic
        super().__init__(diagnostic.message if text is None else text)

    @property
    def code(self) -> str:
        """The code of the rule that the call breaks."""
        return self.diagnostic.code

    def __reduce__(self) -> tuple[type[_Carrier], tuple[Diagnostic, str]]:
        return type(self), (self.diagnostic, str(self))


class LossGuardError(_Carrier, ValueError):
    """A loss call breaks the contract of its loss.

    diagnostic: the finding.
    """


class LossGuardWarning(_Carrier, UserWarning):
    """A loss call breaks the contract of its loss, and the guard was asked to warn.

    diagnostic: the finding.
    """
