"""The imports of a file, read without parsing: what could be one is taken for one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_IMPORT = re.compile(
    r"(?:^|[;:])\s*(?:from\s*(?P<dots>\.*)\s*(?P<module>[\w.]*)\s*import\b|import\s+(?P<names>[^;#]+))"
)


class ImportLine(NamedTuple):
    """A dotted module name; ``level`` counts the dots in front of a relative one."""

    name: str
    level: int = 0


def import_lines(text: str) -> Iterator[ImportLine]:
    """What a text imports."""
    text = _joined(text)
    for first, end in _importing_lines(text):
        for found in _IMPORT.finditer(text[first:end]):
            if found["names"] is None:
                yield ImportLine(found["module"], len(found["dots"]))
                continue
            for name in found["names"].split(","):
                yield ImportLine(name.strip().partition(" ")[0])


def import_statements(text: str) -> str | None:
    """The import statements of a text, one below the other; None where lines do not tell all of them.

    What looks like one in a text within the text is among them.
    """
    text = _joined(text)
    statements: list[str] = []
    done = 0
    for first, end in _importing_lines(text):
        line = text[first:end].strip()
        if end <= done or not _IMPORT.search(line):
            continue
        if not line.startswith(("from", "import")):
            return None
        if "(" in line and ")" not in line:
            done = (text.find(")", end) + 1) or len(text)
            line = text[first:done].strip()
        statements.append(line)
    return "\n".join(statements)


def _joined(text: str) -> str:
    """A text in which what stands on several lines by a backslash stands on one."""
    return text.replace("\\\n", " ")


def _importing_lines(text: str) -> Iterator[tuple[int, int]]:
    """Where the lines begin and end that may import something."""
    start = text.find("import")
    while start >= 0:
        end = text.find("\n", start) % (len(text) + 1)
        yield text.rfind("\n", 0, start) + 1, end
        start = text.find("import", end)
