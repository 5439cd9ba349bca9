"""Output formats: one module each, with a function ``render``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

from lossguard.diagnostics import Diagnostic, Edit, Span

DEFAULT_WIDTH = 120
HOME = "https://github.com/lossguard/lossguard"


@dataclass(frozen=True, slots=True)
class Page:
    """What a format writes onto.

    lines: the source lines of the file or notebook cell that a span lies in; empty where it cannot be read.
    stored: where a span stands in the file as it lies on disk, which differs for notebooks.
    stored_edit: an edit of the file as it lies on disk; one that still names a cell cannot be told.
    fixed_by: the options that would have a finding's fix made; empty where there is none to make.
    width: in terminal cells.
    """

    lines: Callable[[Span], Sequence[str]]
    stored: Callable[[Span], Span] = lambda span: span
    stored_edit: Callable[[Edit], Edit] = lambda edit: edit
    fixed_by: Callable[[Diagnostic], str] = lambda _finding: ""
    width: int = DEFAULT_WIDTH
    colour: bool = False


def render(name: str, findings: Sequence[Diagnostic], page: Page) -> str:
    """Write findings in the format of that name; the text ends with a newline unless it is empty."""
    text: str = import_module(f"{__name__}.{name}").render(findings, page)
    return text


def location(span: Span) -> str:
    """Say where a span starts: ``train.py:31:22``, ``train.ipynb:cell 3:4:22``."""
    cell = "" if span.cell is None else f"cell {span.cell}:"
    return f"{span.path}:{cell}{span.line}:{span.column}"


def documentation(code: str) -> str:
    """Return the address of a rule's row in the README."""
    return f"{HOME}#{code.lower()}"
