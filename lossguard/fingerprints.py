"""What identifies a finding across versions of a program: file, rule and source text, not the line."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from lossguard.diagnostics import Diagnostic, Span


def fingerprints(
    findings: Iterable[Diagnostic], lines: Callable[[Span], Sequence[str]], names: Callable[[Span], str]
) -> list[str]:
    """Give each finding its fingerprint, in their order; findings that look the same are counted.

    lines: the lines of the file, or notebook cell, that a span lies in.
    names: what a span's file is called, the same in every checkout.
    """
    seen: Counter[tuple[str, str, str]] = Counter()
    result = []
    for finding in findings:
        key = names(finding.span), finding.code, _text(finding.span, lines(finding.span))
        digest = hashlib.sha256("\0".join((*key, str(seen[key]))).encode(errors="surrogatepass"))
        seen[key] += 1
        result.append(digest.hexdigest()[:32])
    return result


def _text(span: Span, lines: Sequence[str]) -> str:
    """The lines of a span without their layout: what stays when code is moved or indented."""
    return " ".join(" ".join(lines[span.line - 1 : span.end_line]).split())
