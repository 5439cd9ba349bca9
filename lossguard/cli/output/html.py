"""Findings as one page for a browser: the way of each value as boxes and arrows, with the code beside them.

The page loads nothing from anywhere, and shows every finding without its script too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from inspect import cleandoc
from pathlib import Path

from lossguard import __version__
from lossguard.cli.output import HOME, Page, location
from lossguard.diagnostics import Diagnostic, Fix, Severity, Span
from lossguard.rules import rule

AROUND = 2
LONGEST_EXCERPT = 12
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
_DEFINITION = re.compile(r"(?P<indent>[ \t]*)(?:async[ \t]+)?(?P<kind>def|class)[ \t]+(?P<name>\w+)")
_CODE = re.compile(r"`([^`]+)`")


def render(findings: Sequence[Diagnostic], page: Page) -> str:
    """Write the page; it stands on its own and needs no network."""
    style, script = (Path(__file__).with_name(f"report.{kind}").read_text("utf-8") for kind in ("css", "js"))
    return "".join(
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            f"<title>lossguard: {_summary(findings)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n",
            _header(findings),
            "<main>\n",
            *(_article(finding, page) for finding in findings),
            '<p class="empty" hidden>No finding matches the filters.</p>\n' if findings else _CLEAN,
            "</main>\n",
            _rules(findings),
            f'<footer>lossguard {__version__} · <a href="{HOME}">{HOME}</a></footer>\n',
            f"<script>\n{script}</script>\n</body>\n</html>\n",
        )
    )


_CLEAN = '<p class="clean">Nothing found.</p>\n'


def _summary(findings: Sequence[Diagnostic]) -> str:
    counts = Counter(each.severity for each in findings)
    parts = [f"{counts[each]} {each.value}{'s' * (counts[each] > 1)}" for each in Severity if counts[each]]
    return " and ".join(parts) or "nothing found"


def _header(findings: Sequence[Diagnostic]) -> str:
    codes = Counter((each.code, each.name) for each in findings)
    files = Counter(each.span.path for each in findings)
    rules = "".join(
        f'<label class="chip"><input type="checkbox" name="rule" value="{code}" checked>'
        f"<b>{code}</b> {escape(name)} <i>{count}</i></label>\n"
        for (code, name), count in sorted(codes.items())
    )
    options = "".join(
        f'<option value="{_text(path)}">{_text(path)} ({count})</option>\n' for path, count in files.items()
    )
    return (
        f"<header>\n<h1>lossguard</h1>\n<p>Found {_summary(findings)}.</p>\n"
        '<button id="theme" type="button" hidden>dark / light</button>\n'
        '<form id="filters" hidden>\n'
        f"<fieldset><legend>Rules</legend>\n{rules}</fieldset>\n"
        f'<label>File <select name="file"><option value="">all files</option>\n{options}</select></label>\n'
        '<output id="shown"></output>\n</form>\n</header>\n'
    )


def _article(finding: Diagnostic, page: Page) -> str:
    place = location(finding.span)
    steps = [_station(step.span, step.message, page) for step in finding.trace]
    end = _station(finding.span, finding.message, page, is_loss=True)
    return (
        f'<article data-rule="{finding.code}" data-file="{_text(finding.span.path)}">\n'
        f'<h2><span class="{finding.severity.value}">{finding.severity.value}</span> '
        f'<a href="#{finding.code}">{finding.code}</a> <code>{_text(place)}</code></h2>\n'
        f"<p>{_prose(finding.message)}</p>\n"
        f'<ol class="way">\n{"".join((*steps, end))}</ol>\n'
        f'<p class="help"><b>help</b> {_prose(finding.help)}</p>\n{_fix(finding.fix)}</article>\n'
    )


def _fix(fix: Fix | None) -> str:
    if fix is None:
        return ""
    return f'<p class="fix"><b>fix ({fix.applicability.value})</b> {_prose(fix.message)}</p>\n'


def _station(span: Span, message: str, page: Page, *, is_loss: bool = False) -> str:
    """A box and the code beside it; the arrow to the next one is drawn by the style."""
    lines = page.lines(span)
    kind, name = _owner(lines, span)
    if is_loss:
        kind, message = "loss", _argument(lines, span) or message
    return (
        f'<li class="station {kind}">\n<div class="box"><span class="kind">{kind}</span> '
        f'<span class="name">{_text(name)}</span>\n<p>{_prose(message)}</p></div>\n'
        f"<figure><figcaption>{_text(location(span))}</figcaption>{_excerpt(lines, span)}</figure>\n</li>\n"
    )


def _argument(lines: Sequence[str], span: Span) -> str:
    if span.line != span.end_line or not 1 <= span.line <= len(lines):
        return ""
    text = lines[span.line - 1][span.column - 1 : span.end_column - 1]
    return f"`{text}` reaches the loss" if text else ""


def _owner(lines: Sequence[str], span: Span) -> tuple[str, str]:
    """The definitions that a span lies in, by their indentation: ``("class", "Net.forward")``."""
    names: list[str] = []
    kind = "call"
    indent = _indent(lines[span.line - 1]) if 1 <= span.line <= len(lines) else 0
    for line in reversed(lines[: max(span.line - 1, 0)]):
        found = _DEFINITION.match(line)
        if found is None or (width := _indent(line)) >= indent:
            continue
        names.insert(0, found["name"])
        kind = "class" if found["kind"] == "class" else "function"
        indent = width
    return kind, ".".join(names)


def _indent(line: str) -> int:
    return len(line.expandtabs()) - len(line.expandtabs().lstrip())


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str
    start: int
    end: int


def _excerpt(lines: Sequence[str], span: Span) -> str:
    if not 1 <= span.line <= len(lines):
        return '<p class="unread">The source cannot be read.</p>'
    rows = "".join(_row(each) for each in _shown(lines, span))
    return f"<pre><code>{rows}</code></pre>"


def _shown(lines: Sequence[str], span: Span) -> Iterator[_Line | None]:
    """The lines of an excerpt, None where some are left out."""
    first, last = span.line, min(span.end_line, len(lines))
    around = [*range(max(first - AROUND, 1), min(last + AROUND, len(lines)) + 1)]
    long = len(around) > LONGEST_EXCERPT
    for number in around:
        text = lines[number - 1]
        if long and first + 2 < number < last - 1:
            if number == first + 3:
                yield None
            continue
        start = span.column - 1 if number == first else len(text) - len(text.lstrip())
        end = span.end_column - 1 if number == last else len(text.rstrip())
        yield _Line(number, text, *((start, end) if first <= number <= last else (0, 0)))


def _row(line: _Line | None) -> str:
    if line is None:
        return '<span class="row"><span class="number">…</span></span>'
    before, marked, after = line.text[: line.start], line.text[line.start : line.end], line.text[line.end :]
    mark = f"<mark>{_text(marked)}</mark>" if marked else ""
    return (
        f'<span class="row{" hit" * bool(mark)}"><span class="number">{line.number}</span>'
        f"{_text(before)}{mark}{_text(after)}</span>"
    )


def _rules(findings: Iterable[Diagnostic]) -> str:
    """The documentation of the rules that reported something."""
    codes = sorted({each.code for each in findings})
    if not codes:
        return ""
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": False})
    parts = (
        f'<details id="{code}"><summary><b>{code}</b> {escape(rule(code).name)}</summary>\n'
        f"{markdown.render(cleandoc(rule(code).__doc__ or ''))}</details>\n"
        for code in codes
    )
    return f'<section class="rules">\n<h2>The rules</h2>\n{"".join(parts)}</section>\n'


def _prose(text: str) -> str:
    """A message, with what it quotes as code."""
    return _CODE.sub(r"<code>\1</code>", _text(text))


def _text(text: str) -> str:
    """Text for a page: nothing in it is markup, and what cannot be shown is marked."""
    return escape("".join(each if each.isprintable() or each == "\t" else "\ufffd" for each in text))
