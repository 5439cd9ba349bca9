"""Edits of notebooks: a cell is what it should be, every other byte is what it was."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossguard.analysis.notebook_text import stored_cells
from lossguard.analysis.source import SourceError
from lossguard.diagnostics import Edit, Span
from lossguard.documents import document

SOURCES = [
    ["# title\n", "x = f(y)"],
    ["%time\n", "é = '\u2028𝕏\\n' + f(y)\n", "z = f(\n", "  y)"],
    "a = f(y)\nb = '\\n'",
    [],
    ["a = 1\r\n", "b = f(y)\r\n"],
]


def notebook(**options: Any) -> str:
    cells = [
        {"cell_type": "code" if number else "markdown", "outputs": [{"text": "x = f(y)\n"}], "source": source}
        for number, source in enumerate(SOURCES)
    ]
    return json.dumps({"metadata": {"b": 1, "a": "f(y)"}, "cells": cells, "nbformat": 4}, **options) + "\n"


def source(text: str | bytes, cell: int) -> str:
    return "".join(json.loads(text)["cells"][cell - 1]["source"])


def edit(cell: int, line: int, column: int, end_line: int, end_column: int, content: str) -> Edit:
    return Edit(Span("a.ipynb", line, column, end_line, end_column, cell), content)


EDITS = [
    (edit(2, 2, 14, 2, 18, "y"), "f(y)\n", "y\n"),
    (edit(2, 3, 5, 4, 5, "y"), "f(\n  y)", "y"),
    (edit(2, 2, 1, 3, 1, ""), "é = '\u2028𝕏\\n' + f(y)\n", ""),
    (edit(2, 2, 1, 2, 1, "import é\n"), "é = ", "import é\né = "),
    (edit(2, 4, 5, 4, 5, "  # noqa"), "  y)", "  y)  # noqa"),
    (edit(3, 1, 5, 1, 9, '"\\n" + (\ny)'), "f(y)", '"\\n" + (\ny)'),
    (edit(5, 2, 5, 2, 9, "(\ny)"), "f(y)", "(\r\ny)"),
]


@pytest.mark.parametrize("options", [{"indent": 1}, {"ensure_ascii": False, "indent": "\t"}, {}])
@pytest.mark.parametrize(("change", "old", "new"), EDITS)
def test_one_place_changes(options: dict[str, Any], change: Edit, old: str, new: str) -> None:
    text = notebook(**options)
    assert change.span.cell
    expected = source(text, change.span.cell).replace(old, new, 1)
    edited = document(text.encode(), "a.ipynb").edited([change]).decode()
    assert source(edited, change.span.cell) == expected
    before, after = json.loads(text), json.loads(edited)
    for document_ in (before, after):
        document_["cells"][change.span.cell - 1]["source"] = None
    assert after == before
    same = next(i for i, (a, b) in enumerate(zip(text, edited, strict=False)) if a != b)
    rest = next(i for i, (a, b) in enumerate(zip(text[::-1], edited[::-1], strict=False)) if a != b)
    touched = text[same : len(text) - rest]
    assert "outputs" not in touched
    assert "metadata" not in touched
    assert edited.isascii() or not text.isascii()


def test_lines_stay_lines_of_the_list() -> None:
    text = notebook(indent=1)
    edited = document(text.encode(), "a.ipynb").edited([edit(2, 2, 1, 2, 1, "import a\nimport b\n")])
    assert json.loads(edited)["cells"][1]["source"][:4] == [
        "%time\n",
        "import a\n",
        "import b\n",
        SOURCES[1][1],
    ]


def test_several_edits_and_a_byte_order_mark() -> None:
    data = b"\xef\xbb\xbf" + notebook().encode()
    edited = document(data, "a.ipynb").edited([edit(3, 1, 5, 1, 9, "y"), edit(2, 2, 14, 2, 18, "y")])
    assert edited.startswith(b"\xef\xbb\xbf{")
    assert source(edited.decode("utf-8-sig"), 3).startswith("a = y\n")
    assert "+ y\n" in source(edited.decode("utf-8-sig"), 2)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (edit(3, 1, 5, 1, 9, "("), SourceError),
        (edit(9, 1, 1, 1, 1, ""), KeyError),
        (edit(3, 9, 1, 9, 1, ""), IndexError),
    ],
)
def test_no_program_comes_out_of_it(change: Edit, error: type[Exception]) -> None:
    with pytest.raises(error):
        document(notebook().encode(), "a.ipynb").edited([change])


def test_other_cells_may_be_no_program() -> None:
    cells = [{"cell_type": "code", "source": each} for each in ("x = (", "y = 1", "z = # later")]
    text = json.dumps({"cells": cells, "nbformat": 4})
    assert "y = 23" in document(text.encode(), "a.ipynb").edited([edit(2, 1, 5, 1, 6, "23")]).decode()
    for cell in (1, 2):
        with pytest.raises(SourceError):
            document(text.encode(), "a.ipynb").edited([edit(cell, 1, 5, 1, 6, "[")])


def test_cells_of_old_notebooks_are_counted_through() -> None:
    sheets = [
        {"cells": [{"cell_type": "code", "input": "a"}, {"cell_type": "markdown", "source": ["b"]}]},
        {"cells": [{"cell_type": "code", "input": ["c\n", "d"]}]},
    ]
    cells = stored_cells(json.dumps({"worksheets": sheets, "nbformat": 3}))
    assert {number: cell.text for number, cell in cells.items()} == {1: "a", 2: "b", 3: "c\nd"}


@given(st.lists(st.text(), min_size=1), st.booleans(), st.data())
def test_every_character_has_its_place(pieces: list[str], ascii_only: bool, data: st.DataObject) -> None:
    text = json.dumps({"cells": [{"source": pieces}]}, ensure_ascii=ascii_only)
    cell = stored_cells(text)[1]
    assert cell.text == "".join(pieces)
    for piece, stored in zip(pieces, cell.pieces, strict=True):
        assert json.loads(f'"{text[stored.start : stored.end]}"') == piece
    lines = cell.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    line = data.draw(st.integers(1, len(lines)))
    if lines[line - 1]:
        column = data.draw(st.integers(1, len(lines[line - 1])))
        offset = cell.place(line, column)
        rest = text[offset:]
        units = 12 if rest[:2].lower() == "\\u" and "\ud800" <= json.loads(f'"{rest[:6]}"') < "\udc00" else 6
        length = units if rest[:2] == "\\u" else 2 if rest[0] == "\\" else 1
        assert json.loads(f'"{rest[:length]}"')[0] == lines[line - 1][column - 1]
