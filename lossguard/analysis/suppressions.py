"""``# noqa`` comments: what they name, what of it silences nothing, and where one can be added."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from lossguard.analysis.source import NOQA, SourceFile
from lossguard.diagnostics import Edit, Span

_CODE = re.compile(r"[A-Za-z]+[0-9]+")


@dataclass(frozen=True, slots=True)
class Comment:
    """A ``# noqa`` comment that names codes.

    span: from its ``#`` to its last code. codes: in capitals, with the place of each.
    blank: the columns before it that hold nothing.
    closing: whether nothing follows on the line.
    """

    span: Span
    codes: tuple[tuple[str, Span], ...]
    blank: int
    closing: bool

    def without(self, codes: AbstractSet[str]) -> Edit:
        """The edit that leaves the codes out; the whole comment goes where nothing else is in it."""
        left = [code for code, _ in self.codes if code not in codes]
        if left:
            first, last = self.codes[0][1], self.codes[-1][1]
            return Edit(replace(first, end_column=last.end_column), ", ".join(left))
        blank = self.blank if self.closing else 0
        return Edit(replace(self.span, column=self.span.column - blank), "" if self.closing else "#")


def comments(source: SourceFile) -> list[Comment]:
    """Every comment that names codes to be silenced; none where the text cannot be read."""
    if "noqa" not in source.text.lower():
        return []
    return [
        comment for token in _comment_tokens(source.text) if (comment := _comment(token, source)) is not None
    ]


def silencing(source: SourceFile, findings: Iterable[tuple[Span, str]]) -> dict[Span, Edit]:
    """The edit for each line that silences the findings of these codes there, by the first span on the line.

    A line that takes no comment, within a string or before a backslash, is left out, and so is a finding
    that is silenced already.
    """
    wanted: dict[tuple[int | None, int], dict[str, Span]] = {}
    for span, code in findings:
        if not source.suppresses(span, code):
            wanted.setdefault((span.cell, span.line), {})[code] = span
    present = {(comment.span.cell, comment.span.line): comment for comment in comments(source)}
    edits: dict[Span, Edit] = {}
    for place, codes in wanted.items():
        span = next(iter(codes.values()))
        named = ", ".join(sorted(codes))
        if place in present:
            last = present[place].codes[-1][1]
            edits[span] = Edit(replace(last, column=last.end_column), f", {named}")
        elif (end := _end_of_line(source, span)) is not None:
            edits[span] = Edit(end, f"  # noqa: {named}")
    return edits


def _end_of_line(source: SourceFile, span: Span) -> Span | None:
    """Where a comment can be put on the line of a span, None where none can."""
    lines = source.lines(span.cell)
    if not 1 <= span.line <= len(lines):
        return None
    text = lines[span.line - 1].rstrip()
    lines[span.line - 1] = f"{text}  # noqa"
    end = span.line, len(lines[span.line - 1])
    if text.endswith("\\") or all(token.end != end for token in _comment_tokens("\n".join(lines))):
        return None
    return replace(span, column=len(text) + 1, end_line=span.line, end_column=len(text) + 1)


def _comment(token: tokenize.TokenInfo, source: SourceFile) -> Comment | None:
    found = re.search(NOQA, token.string)
    if found is None or found["codes"] is None:
        return None
    line, start = token.start[0], token.start[1] + 1
    before = source.text.split("\n")[line - 1][: start - 1 + found.start()]
    codes = tuple(
        (code[0].upper(), source.span(line, start + code.start(), line, start + code.end()))
        for code in _CODE.finditer(token.string, *found.span("codes"))
    )
    return Comment(
        source.span(line, start + found.start(), line, start + found.end()),
        codes,
        len(before) - len(before.rstrip()),
        not token.string[found.end() :].strip(),
    )


def _comment_tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield token
    except (tokenize.TokenError, SyntaxError):
        return
