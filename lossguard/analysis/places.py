"""Where something stands in a file's text."""

from __future__ import annotations

from typing import NamedTuple


class Range(NamedTuple):
    """A stretch of a file's text: 1-based lines and columns in code points, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int
