"""What findings look like.

The golden files are rewritten with ``GOLDEN=write pytest tests/cli/test_output.py``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.cells import cell_len

from lossguard.cli.output import Page, render
from lossguard.cli.output.picture import visible
from lossguard.diagnostics import Applicability, Diagnostic, Edit, Fix, Severity, Span, TraceStep

GOLDEN = Path(__file__).parent / "golden"

FILES = {
    "train.py": "\n" * 28
    + "for data, target in loader:\n"
    + "    out = model(data)\n"
    + "    loss = criterion(out, target)\n",
    "models.py": "\n" * 12 + "    def forward(self, x):\n        return torch.softmax(self.head(x), dim=1)\n",
    "wide.py": "损失 = criterion('日本', モデル(x), y)\n",
    "tabs.py": "if x:\n\tif y:\n\t\tloss = f(\tout,\ty)\n",
    "long.py": "x = [" + ", ".join(map(str, range(90))) + ", criterion(output, target), "
    + ", ".join(map(str, range(90))) + "]\n",
    "many.py": "loss = criterion(\n    model(\n        # all\n        x,\n        y,\n    ),  # out\nt)\n",
    "nasty.py": "loss = f('\x1b[31m\u202e', out)\n",
    "cell.ipynb": "import torch\nloss = criterion(out, y)\n",
}  # fmt: skip


def lines(span: Span) -> Sequence[str]:
    return FILES[span.path].split("\n") if span.path in FILES else ()


def spot(path: str, text: str) -> Span:
    numbered = enumerate(FILES[path].split("\n"), 1)
    line, column = next((number, line.index(text) + 1) for number, line in numbered if text in line)
    return Span(path, line, column, line, column + len(text))


def finding(
    span: Span, message: str = "`criterion` gets probabilities", *trace: TraceStep, **changes: object
) -> Diagnostic:
    fields: dict[str, object] = {
        "code": "LG101",
        "name": "softmax-before-cross-entropy",
        "severity": Severity.ERROR,
        "help": "return the logits; CrossEntropyLoss applies log_softmax itself",
    }
    return Diagnostic(span=span, message=message, trace=trace, **{**fields, **changes})  # type: ignore[arg-type]


ACROSS_FILES = finding(
    Span("train.py", 31, 22, 31, 25),
    "`criterion` (CrossEntropyLoss) gets probabilities: `out` comes from `softmax` at models.py:14",
    TraceStep(Span("models.py", 14, 16, 14, 50), "`softmax` gives probabilities"),
    TraceStep(Span("train.py", 30, 11, 30, 22), "`model(data)` returns them"),
)
WARNING = finding(
    Span("cell.ipynb", 2, 18, 2, 21, cell=7),
    "`criterion` gets log-probabilities",
    code="LG102",
    name="log-softmax-before-cross-entropy",
    severity=Severity.WARNING,
    help="drop the log_softmax",
)
CASES = {
    "across_files": (ACROSS_FILES,),
    "two_findings": (WARNING, ACROSS_FILES),
    "within_the_argument": (
        finding(
            ACROSS_FILES.span,
            "`criterion` gets probabilities: `out`",
            *ACROSS_FILES.trace[:1],
            TraceStep(ACROSS_FILES.span, "`model(data)` returns them"),
        ),
    ),
    "wide_characters": (finding(spot("wide.py", "モデル(x)")),),
    "tabs": (finding(spot("tabs.py", "out")),),
    "long_line": (finding(spot("long.py", "output")),),
    "long_argument": (finding(Span("long.py", 1, 352, 1, 700)),),
    "long_line_start": (finding(Span("long.py", 1, 1, 1, 2)),),
    "several_lines": (finding(Span("many.py", 2, 5, 6, 6)),),
    "few_lines": (finding(Span("many.py", 4, 9, 5, 10)),),
    "control_characters": (finding(Span("nasty.py", 1, 19, 1, 22), "`f\x1b[0m` gets \x07 it"),),
    "no_source": (finding(Span("gone.py", 3, 4, 3, 4), "nothing here was checked", code="LG901"),),
    "empty_span": (finding(Span("train.py", 31, 5, 31, 5)),),
    "beyond_the_end": (finding(Span("tabs.py", 99, 1, 99, 2)),),
}


def check_golden(name: str, text: str) -> None:
    file = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_full(case: str) -> None:
    check_golden(f"{case}.txt", render("full", CASES[case], Page(lines, width=80)))


def test_full_in_colour() -> None:
    check_golden("colour.txt", render("full", CASES["two_findings"], Page(lines, width=80, colour=True)))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("width", [60, 80, 200])
def test_no_source_line_is_wider_than_the_page(case: str, width: int) -> None:
    text = render("full", CASES[case], Page(lines, width=width))
    excerpts = [line for line in text.splitlines() if " | " in line]
    assert all(cell_len(line) <= width for line in excerpts)


@pytest.mark.parametrize("width", [60, 61, 80, 120, 1000])
def test_underline_stands_under_the_argument(width: int) -> None:
    for case, argument in [
        ("across_files", "out"),
        ("wide_characters", "モデル(x)"),
        ("tabs", "out"),
        ("long_line", "output"),
    ]:
        text = render("full", CASES[case], Page(lines, width=width)).splitlines()
        number, marks = next(each for each in enumerate(text) if each[1].strip(" |").startswith("^"))
        source = text[number - 1]
        before = marks.index("^")
        cells = "".join(character * cell_len(character) for character in source)
        doubled = "".join(character * cell_len(character) for character in argument)
        assert cells[before : before + marks.count("^")] == doubled


def test_control_characters_never_reach_the_terminal() -> None:
    text = render("full", CASES["control_characters"], Page(lines))
    assert not {"\x1b", "\x07", "\u202e"} & set(text)


def test_tabs_stop_every_four_cells() -> None:
    assert visible("a\tb\t\tc") == "a   b       c"


def test_concise() -> None:
    assert render("concise", (WARNING, ACROSS_FILES), Page(lines)) == (
        "cell.ipynb:cell 7:2:18: LG102 `criterion` gets log-probabilities\n"
        "train.py:31:22: LG101 `criterion` (CrossEntropyLoss) gets probabilities: "
        "`out` comes from `softmax` at models.py:14\n"
    )


def test_nothing_found() -> None:
    page = Page(lines)
    assert [render(name, (), page) for name in ("full", "concise", "json")] == ["", "", "[]\n"]


def test_json_is_as_pinned() -> None:
    fix = Fix(
        Applicability.UNSAFE, "drop the softmax", (Edit(Span("models.py", 14, 16, 14, 50), "self.head(x)"),)
    )
    fixed = finding(ACROSS_FILES.span, ACROSS_FILES.message, *ACROSS_FILES.trace[:1], fix=fix)
    assert json.loads(render("json", (fixed, WARNING), Page(lines))) == [
        {
            "code": "LG101",
            "name": "softmax-before-cross-entropy",
            "severity": "error",
            "path": "train.py",
            "line": 31,
            "column": 22,
            "end_line": 31,
            "end_column": 25,
            "cell": None,
            "message": ACROSS_FILES.message,
            "trace": [
                {"path": "models.py", "line": 14, "column": 16, "message": "`softmax` gives probabilities"}
            ],
            "fix": {
                "applicability": "unsafe",
                "message": "drop the softmax",
                "edits": [
                    {
                        "path": "models.py",
                        "line": 14,
                        "column": 16,
                        "end_line": 14,
                        "end_column": 50,
                        "content": "self.head(x)",
                    }
                ],
            },
            "url": "https://github.com/lossguard/lossguard#lg101",
        },
        {
            "code": "LG102",
            "name": "log-softmax-before-cross-entropy",
            "severity": "warning",
            "path": "cell.ipynb",
            "line": 2,
            "column": 18,
            "end_line": 2,
            "end_column": 21,
            "cell": 7,
            "message": "`criterion` gets log-probabilities",
            "trace": [],
            "fix": None,
            "url": "https://github.com/lossguard/lossguard#lg102",
        },
    ]
