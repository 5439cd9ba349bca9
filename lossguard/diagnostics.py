"""What both halves of lossguard produce: a finding, the way of the value behind it, and its fix.

Lines and columns are 1-based, columns count Unicode code points, the end is exclusive.
In a notebook ``cell`` is the 1-based number of the cell and lines count within it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """How much a finding weighs: training is wrong or torch raises (error), or it is wasteful (warning)."""

    ERROR = "error"
    WARNING = "warning"


class Applicability(Enum):
    """Whether a fix can be applied without asking."""

    SAFE = "safe"
    UNSAFE = "unsafe"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of source text."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One hop of a value on its way to the loss."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text of ``span`` by ``content``."""

    span: Span
    content: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A rewrite that removes the finding."""

    applicability: Applicability
    message: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    ``message`` states the fact in one sentence, ``help`` the remedy. ``trace`` has one step per hop in the
    order in which the value flows: the operation that made the bad value first, the last hop before the
    loss call last.
    """

    code: str
    name: str
    severity: Severity
    span: Span
    message: str
    help: str
    trace: tuple[TraceStep, ...] = ()
    fix: Fix | None = None
