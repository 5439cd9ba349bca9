"""Where something stands in a file's text."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias


class Range(NamedTuple):
    """A stretch of a file's text: 1-based lines and columns in code points, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


Place: TypeAlias = tuple[str, Range]
"""The path of a file, and a stretch of its text."""


class Anchors(NamedTuple):
    """Where one statement and the expressions of its own stand, in source order."""

    at: Range
    expressions: tuple[Range, ...]
