"""How one finding is drawn: excerpts with what matters underlined, cut and aligned by terminal cells."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from lossguard.cli.output import Page, location
from lossguard.diagnostics import Diagnostic, Severity, Span

TAB = 4
LONGEST_EXCERPT = 4
ELLIPSIS = "…"
_FRAME = "bold blue"
_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow"}


def draw(findings: Sequence[Diagnostic], page: Page) -> str:
    """Write every finding, each followed by an empty line."""
    text = Text().join(_finding(each, page) for each in findings)
    return coloured(text) if page.colour else text.plain


def coloured(text: Text) -> str:
    """Write styled text with the colours of a terminal."""
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, color_system="standard", no_color=False)
    console.print(text, soft_wrap=True, highlight=False, end="")
    return stream.getvalue()


def _finding(finding: Diagnostic, page: Page) -> Text:
    spans = (finding.span, *(step.span for step in finding.trace))
    margin = max(len(str(span.end_line)) for span in spans)
    colour = _COLOURS[finding.severity]
    text = Text()
    text.append(f"{finding.severity.value}[{finding.code}]", colour)
    text.append(f": {visible(finding.message)}\n", "bold")
    _append_excerpt(text, _Excerpt(finding.span, "-->", "^", colour), margin, page)
    shown = {finding.span}
    for number, step in enumerate(finding.trace, 1):
        _append_note(text, margin, f"step {number}", step.message)
        if step.span not in shown:
            _append_excerpt(text, _Excerpt(step.span, ":::", "-", _FRAME), margin, page)
        shown.add(step.span)
    _append_note(text, margin, "help", finding.help)
    if finding.fix is not None and (options := page.fixed_by(finding)):
        _append_note(text, margin, "fix", f"{finding.fix.message} ({options})")
    return text.append("\n")


def _append_note(text: Text, margin: int, label: str, message: str) -> None:
    text.append(f"{' ' * margin} = ", _FRAME)
    text.append(label, "bold")
    text.append(f": {visible(message)}\n")


@dataclass(frozen=True, slots=True)
class _Excerpt:
    span: Span
    arrow: str
    mark: str
    colour: str


def _append_excerpt(text: Text, excerpt: _Excerpt, margin: int, page: Page) -> None:
    span = excerpt.span
    text.append(f"{' ' * margin}{excerpt.arrow} ", _FRAME)
    text.append(f"{visible(location(span))}\n")
    lines = page.lines(span)
    if not 1 <= span.line <= len(lines):
        return
    bar = f"{' ' * margin} |"
    text.append(f"{bar}\n", _FRAME)
    for number in _shown(span.line, min(span.end_line, len(lines))):
        if number is None:
            text.append("...\n", _FRAME)
            continue
        line = lines[number - 1]
        start = span.column - 1 if number == span.line else len(line) - len(line.lstrip())
        end = span.end_column - 1 if number == span.end_line else len(line.rstrip())
        shown, before, marked = _laid_out(line, start, max(end, start), page.width - margin - 3)
        text.append(f"{number:>{margin}} | ", _FRAME)
        text.append(f"{shown}\n")
        text.append(f"{bar} ", _FRAME)
        text.append(f"{' ' * before}{excerpt.mark * marked}\n", excerpt.colour)
    text.append(f"{bar}\n", _FRAME)


def _shown(first: int, last: int) -> list[int | None]:
    """Return the numbers of the lines to show, None where lines are left out."""
    if last - first < LONGEST_EXCERPT:
        return list(range(first, last + 1))
    return [first, first + 1, None, last]


def _laid_out(line: str, start: int, end: int, width: int) -> tuple[str, int, int]:
    """Return a line cut to ``width`` around a stretch, and the cells before the stretch and under it."""
    before = visible(line[:start])
    under = visible(line[start:end], cell_len(before))
    after = visible(line[end:], cell_len(before + under))
    if cell_len(before) > width // 2 and cell_len(before + under + after) > width:
        before = ELLIPSIS + _last_cells(before, max(width // 3, width - cell_len(under + after) - 1))
    room = width - cell_len(before)
    if cell_len(under) > room:
        under, after = _first_cells(under, room - 1) + ELLIPSIS, ""
    elif cell_len(under + after) > room:
        after = _first_cells(after, room - cell_len(under) - 1) + ELLIPSIS
    return (before + under + after).rstrip(), cell_len(before), max(cell_len(under), 1)


def _first_cells(text: str, cells: int) -> str:
    taken = 0
    for index, character in enumerate(text):
        taken += cell_len(character)
        if taken > cells:
            return text[:index]
    return text


def _last_cells(text: str, cells: int) -> str:
    return _first_cells(text[::-1], cells)[::-1]


def visible(text: str, column: int = 0) -> str:
    """Expand tabs, from a cell on, and show control and direction characters instead of obeying them."""
    parts: list[str] = []
    for character in text:
        if character == "\t":
            blank = " " * (TAB - column % TAB)
            parts.append(blank)
            column += len(blank)
            continue
        shown = _shown_character(character)
        parts.append(shown)
        column += cell_len(shown)
    return "".join(parts)


def _shown_character(character: str) -> str:
    if character < " ":
        return chr(0x2400 + ord(character))
    return "\ufffd" if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else character
