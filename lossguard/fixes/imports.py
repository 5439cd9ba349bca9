"""Imports that nothing needs any more once a program has been mended."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lossguard.analysis.places import Range
from lossguard.analysis.source import SourceError, SourceFile, from_bytes
from lossguard.diagnostics import Edit
from lossguard.documents import document
from lossguard.fixes.code import Code
from lossguard.fixes.statements import whole_lines

_FROM = re.compile(r"from\s+[\w.]+\s+import\s+[(]?(?P<names>[\w\s,]+?),?\s*[)]?")


def without_stale(path: str, before: bytes, after: bytes) -> bytes:
    """Leave out of a file what it imports, mentioned before it was changed, and does not mention now.

    What a package's ``__init__.py`` imports stays, and what a comment stands beside.
    """
    if path.endswith("__init__.py"):
        return after
    try:
        edits = list(_edits(from_bytes(before, path), Code(from_bytes(after, path))))
        return document(after, path).edited(edits) if edits else after
    except (SyntaxError, ValueError, LookupError, SourceError):
        return after


def _edits(before: SourceFile, code: Code) -> Iterator[Edit]:
    old = Code(before)
    stale: dict[Range, list[str]] = {}
    for name, imported in code.index.imports.items():
        if name in old.index.imports and _is_used(old, name) and not _is_used(code, name):
            stale.setdefault(imported.at, []).append(name)
    for at, names in stale.items():
        place = code.at(at)
        text = code.text[place.start : place.end]
        rest = _without(text, names)
        lines = whole_lines(code, place)
        if rest is not None and "#" not in code.text[place.start : code.text.find("\n", place.end)]:
            if rest:
                yield code.edit(place, rest)
            elif lines is not None:
                yield code.edit(lines, "")


def _is_used(code: Code, name: str) -> bool:
    """Whether a name is mentioned anywhere but in imports."""
    statements = [code.at(each.at) for each in code.index.imports.values()]
    return any(not any(each.holds(use) for each in statements) for use in code.mentions(name))


def _without(statement: str, names: list[str]) -> str | None:
    """An import statement without names; empty where none is left, None where it looks unusual."""
    found = _FROM.fullmatch(statement)
    if found is None:
        return "" if "," not in statement and len(names) == 1 else None
    items = [item for item in re.split(r"\s*,\s*", found["names"]) if item]
    kept = [item for item in items if item.split()[-1] not in names]
    if not kept:
        return ""
    for item in items:
        if item not in kept:
            pattern = rf"(?<![\w.]){re.escape(item)}(?!\w)"
            statement = re.sub(rf"{pattern}\s*,\s*|\s*,\s*{pattern}", "", statement, count=1)
    return statement
