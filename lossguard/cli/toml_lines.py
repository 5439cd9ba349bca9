"""On which line of a TOML file something stands; the parser of the standard library does not say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from operator import eq

_PART = r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'"""
_DOTTED = rf"(?:{_PART})(?:[ \t]*\.[ \t]*(?:{_PART}))*"
_KEY = re.compile(rf"[ \t]*(?P<opens>\[{{0,2}})[ \t]*(?P<key>{_DOTTED})[ \t]*(?P<ends>[\]=])")


def line_of(text: str, path: Sequence[str], word: str | None = None) -> int:
    """The line on which a key begins, or what is closest to it; with ``word``, where that stands quoted."""
    best, line = 0, 1
    for number, key in _keys(text):
        shared = sum(takewhile(bool, map(eq, key, path)))
        if shared > best:
            best, line = shared, number
    lines = text.split("\n")
    for number in range(line, len(lines) + 1) if word is not None else ():
        if f'"{word}"' in lines[number - 1] or f"'{word}'" in lines[number - 1]:
            return number
    return line


def _keys(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.split("\n"), 1):
        found = _KEY.match(line)
        if found is None or (found["ends"] == "=") == bool(found["opens"]):
            continue
        key = tuple(part.strip("\"'") for part in re.findall(_PART, found["key"]))
        if found["opens"]:
            table = key
        yield number, key if found["opens"] else (*table, *key)
