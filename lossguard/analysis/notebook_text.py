"""Where the source of a notebook's code cells stands in the JSON text.

A notebook that is edited through these places keeps every other byte: outputs, metadata, the order of keys.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]')
_CHARACTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]", re.DOTALL
)
_NEWLINE = re.compile(r"\r\n|\r|\n")

_Path = tuple[str | int | None, ...]
"""The key or index of a value in each of the containers around it; None while a key is awaited."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A string of JSON that holds a part of a cell.

    start: where its first character stands in the JSON text, after the quote; ``end`` is the closing quote.
    """

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class StoredCell:
    """The source of a cell: one string, or a list of them, a line each.

    json: the text of the whole notebook.
    """

    json: str
    pieces: tuple[Piece, ...]

    def place(self, line: int, column: int) -> int:
        """The offset in the JSON text of a character of the cell; IndexError where there is no such line.

        The place after the last character of a piece is the first one of the next.
        """
        index = self._line_starts[line - 1] + column - 1
        number = bisect_right(self._piece_starts, index) - 1
        piece = self.pieces[number]
        characters = _CHARACTER.finditer(self.json, piece.start, piece.end)
        offsets = [match.start() for match in characters]
        within = index - self._piece_starts[number]
        return offsets[within] if within < len(offsets) else piece.end

    def stored(self, content: str) -> str:
        """Write text as a part of a piece; each line becomes a piece where the cell is a list of them."""
        lines = [json.dumps(line, ensure_ascii=self.json.isascii())[1:-1] for line in content.split("\n")]
        several = len(self.pieces) > 1
        between = self.json[self.pieces[0].end : self.pieces[1].start] if several else ""
        return f"\\n{between}".join(lines)

    @cached_property
    def text(self) -> str:
        """The source, newlines as they are stored."""
        return "".join(piece.text for piece in self.pieces)

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(newline.end() for newline in _NEWLINE.finditer(self.text))]

    @cached_property
    def _piece_starts(self) -> list[int]:
        return list(accumulate((len(piece.text) for piece in self.pieces[:-1]), initial=0))


def stored_cells(text: str) -> dict[int, StoredCell]:
    """Find the source of each cell, by the cell's number; the text is that of a notebook."""
    document = json.loads(text)
    sheets = [] if "cells" in document else document["worksheets"]
    before = list(accumulate((len(sheet.get("cells", ())) for sheet in sheets), initial=0))
    pieces: dict[int, list[Piece]] = {}
    for path, match in _strings(text):
        match path:
            case ("cells", int(index), "source") | ("cells", int(index), "source", int()):
                number = index + 1
            case ("worksheets", int(sheet), "cells", int(index), "input" | "source", *_):
                number = before[sheet] + index + 1
            case _:
                continue
        content: str = json.loads(match[0])
        pieces.setdefault(number, []).append(Piece(match.start() + 1, match.end() - 1, content))
    return {number: StoredCell(text, tuple(found)) for number, found in pieces.items()}


def _strings(text: str) -> Iterator[tuple[_Path, re.Match[str]]]:
    """Yield every string of a JSON text that is no key, and the way to it."""
    path: list[str | int | None] = []
    for token in _TOKEN.finditer(text):
        match token[0], path[-1] if path else 0:
            case "{", _:
                path.append(None)
            case "[", _:
                path.append(0)
            case "}" | "]", _:
                path.pop()
            case ",", int(index):
                path[-1] = index + 1
            case ",", _:
                path[-1] = None
            case ":", _:
                pass
            case key, None:
                path[-1] = json.loads(key)
            case _:
                yield tuple(path), token
