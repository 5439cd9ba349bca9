"""LG902: the codes in ``noqa`` comments that silence nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from lossguard.analysis.source import SourceFile
from lossguard.analysis.suppressions import Comment, comments
from lossguard.diagnostics import Applicability, Diagnostic, Fix
from lossguard.rules import all_rules, rule
from lossguard.spelling import nearest_spelling

CODE = "LG902"
PREFIX = "LG"


def unused(source: SourceFile, found: Sequence[Diagnostic], judged: Collection[str]) -> Iterator[Diagnostic]:
    """Report each comment of a file in which a code silences nothing.

    found: what was found in the file before comments were looked at.
    judged: the codes that were looked for; of others nothing is said.
    """
    places = {
        (finding.span.cell, line, finding.code)
        for finding in found
        for line in (finding.span.line, finding.span.end_line)
    }
    for comment in comments(source):
        cell, line = comment.span.cell, comment.span.line
        here = {code for at_cell, at_line, code in places if (at_cell, at_line) == (cell, line)}
        named = [code for code, _ in comment.codes if code.startswith(PREFIX) and code != CODE]
        if idle := [code for code in named if _is_idle(code, here, judged)]:
            yield _diagnostic(comment, idle)


def _is_idle(code: str, here: Collection[str], judged: Collection[str]) -> bool:
    known = {each.code for each in all_rules() if each.code.startswith(code)}
    return (not known or bool(known & set(judged))) and not any(each.startswith(code) for each in here)


def _diagnostic(comment: Comment, idle: Sequence[str]) -> Diagnostic:
    about = rule(CODE)
    codes = [each.code for each in all_rules()]
    unknown = [code for code in idle if not any(each.startswith(code) for each in codes)]
    hint = f": no such rule{nearest_spelling(unknown[0], codes)}" if unknown else ""
    first = next(span for code, span in comment.codes if code == idle[0])
    return Diagnostic(
        about.code,
        about.name,
        about.severity,
        first,
        f"`noqa` for {', '.join(idle)} silences nothing{hint}",
        "leave it out",
        fix=Fix(Applicability.SAFE, "leave it out", (comment.without(frozenset(idle)),)),
    )
