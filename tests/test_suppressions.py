"""``# noqa`` comments: those that silence nothing, and those that are added."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lossguard.analysis.source import from_bytes, from_text
from lossguard.analysis.suppressions import silencing
from lossguard.checker import check, given
from lossguard.config import Config
from lossguard.diagnostics import Diagnostic, Span
from lossguard.documents import document
from lossguard.fixes import applied
from tests.planted import planted

__all__ = ["planted"]
pytestmark = pytest.mark.usefixtures("planted")

LOSS = "loss = criterion(out, y)"
ASKED = Config(extend_select=("LG902",))


def found(text: str, config: Config = ASKED, path: str = "a.py") -> list[Diagnostic]:
    return check(given(lambda: from_text(text, path), path), config).findings


def fixed(text: str, path: str = "a.py") -> str:
    source = from_text(text, path)
    _, changed = applied(found(text, path=path), {source.path: source}, lambda _: text.encode())
    return changed.get(source.path, text.encode()).decode()


@pytest.mark.parametrize(
    ("text", "column", "after"),
    [
        ("x = 1  # noqa: LG101\n", 16, "x = 1\n"),
        ("x = 1  # NOQA:lg101 \n", 15, "x = 1 \n"),
        ("x = 1  # noqa: LG101, F401\n", 16, "x = 1  # noqa: F401\n"),
        ("x = 1  # noqa: F401 LG101, E5\n", 21, "x = 1  # noqa: F401, E5\n"),
        ("x = 1  # noqa: LG101 as agreed\n", 16, "x = 1  # as agreed\n"),
        ("x = 1  # type: ignore  # noqa: LG1\n", 32, "x = 1  # type: ignore\n"),
        (f"{LOSS}  # noqa: LG101, LG2\n", 42, f"{LOSS}  # noqa: LG101\n"),
        ("    # noqa: LG101\nx = 1\n", 13, "\nx = 1\n"),
        ("é = '日'  # noqa: LG102\n", 18, "é = '日'\n"),
    ],
)
def test_unused(text: str, column: int, after: str) -> None:
    (finding,) = found(text)
    assert (finding.code, finding.span.line, finding.span.column) == ("LG902", 1, column)
    assert fixed(text) == after
    assert found(after) == []


@pytest.mark.parametrize(
    "text",
    [
        f"{LOSS}  # noqa: LG101\n",
        f"{LOSS}  # noqa: LG1\n",
        f"{LOSS}  # noqa\n",
        "x = 1  # noqa\n",
        "x = 1  # noqa: F401\n",
        "x = 1  # noqa: LG401\n",  # only the guard knows
        "x = 1  # noqa: LG101, LG902\n",
        "x = '# noqa: LG101'\n",
        '"""\n# noqa: LG101\n"""\n',
        "# lossguard: ignore-file\nx = 1  # noqa: LG101\n",
    ],
)
def test_used_or_none_of_its_business(text: str) -> None:
    assert found(text) == []


def test_what_was_not_looked_for_is_not_judged() -> None:
    text = "x = 1  # noqa: LG101\ny = 1  # noqa: LG903\n"
    assert [each.span.line for each in found(text)] == [1]
    assert found(text, Config(select=("LG902", "LG2"))) == []
    assert found(text, Config()) == []


def test_a_code_that_there_is_not() -> None:
    (finding,) = found("x = 1  # noqa: LG119\n")
    assert finding.message.startswith("`noqa` for LG119 silences nothing: no such rule; did you mean 'LG1")


def test_a_file_that_cannot_be_parsed_is_not_judged() -> None:
    assert [each.code for each in found("x = (  # noqa: LG101\n")] == ["LG901"]


def test_notebook() -> None:
    cells = [
        {"cell_type": "markdown", "source": "# noqa: LG101"},
        {"cell_type": "code", "source": ["%time\n", "x = 1  # noqa: LG101\n", LOSS + "  # noqa: LG101"]},
    ]
    text = json.dumps({"cells": cells})
    (finding,) = found(text, path="a.ipynb")
    assert finding.span == Span("a.ipynb", 2, 16, 2, 21, cell=2)
    assert fixed(text, "a.ipynb") == text.replace("x = 1  # noqa: LG101", "x = 1")


def silenced(text: str, tmp_path: Path) -> tuple[str, list[str]]:
    """The text with comments added, and what is found in it then."""
    (tmp_path / "a.py").write_bytes(text.encode())
    source = from_bytes(text.encode(), tmp_path / "a.py")
    edits = silencing(source, [(each.span, each.code) for each in found(text, Config())])
    after = document(text.encode(), "a.py").edited(edits.values()).decode()
    return after, [each.code for each in found(after, Config())]


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (f"{LOSS}\n", f"{LOSS}  # noqa: LG101\n"),
        (LOSS, f"{LOSS}  # noqa: LG101"),
        (f"{LOSS}   \r\nx = 1\r\n", f"{LOSS}  # noqa: LG101   \r\nx = 1\r\n"),
        (f"{LOSS}  # why\n", f"{LOSS}  # why  # noqa: LG101\n"),
        (f"{LOSS}  # noqa: F401 \n", f"{LOSS}  # noqa: F401, LG101 \n"),
        (f"{LOSS}  # noqa\n", f"{LOSS}  # noqa\n"),
        (f"{LOSS}; {LOSS}\n", f"{LOSS}; {LOSS}  # noqa: LG101\n"),
        ("loss = criterion(out,\n  y)\n", "loss = criterion(out,  # noqa: LG101\n  y)\n"),
    ],
)
def test_added(tmp_path: Path, text: str, after: str) -> None:
    assert silenced(text, tmp_path) == (after, [])


@pytest.mark.parametrize("text", ["loss = criterion(out, \\\n  y)\n", 'loss = (criterion(out, """\n"""))\n'])
def test_a_line_that_takes_no_comment_stays(tmp_path: Path, text: str) -> None:
    assert silenced(text, tmp_path) == (text, ["LG101"])
