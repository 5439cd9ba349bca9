"""``lossguard calls``: every loss call with its verdict."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lossguard import calls_in
from lossguard.cli.main import main

EXAMPLES = Path(__file__).parents[2] / "examples"
PROGRAM = """import torch.nn.functional as F
from torch import nn

def train(x, y, model):
    F.cross_entropy(nn.Linear(4, 10)(x).softmax(1), y)
    F.cross_entropy(model(x), y)
    F.cross_entropy(nn.Linear(4, 10)(x), y)
"""
TRANSCRIPT = """tutorial/binary.py
  29:8  satisfied  BCELoss
        input      float[8, 1] values between 0 and 1
        target     f32[8, 1] class indices
  34:5  violated   BCELoss LG105
        input      float[8, 1] raw scores
        target     f32[8, 1] class indices

tutorial/softmax.py
  32:12  satisfied  CrossEntropyLoss
         input      float[300, 3] raw scores
         target     i64[300]
  41:12  violated   CrossEntropyLoss LG101
         input      float[300, 3] probabilities
         target     i64[300]

"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(["calls", *arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


def listed(run: Run, *arguments: str) -> list[dict[str, Any]]:
    status, out, _ = run(*arguments, "--output-format", "json")
    assert status == 0
    calls: list[dict[str, Any]] = json.loads(out)
    return calls


def test_full(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLES)
    status, out, err = run("tutorial/binary.py", "tutorial/softmax.py")
    assert (status, out) == (0, TRANSCRIPT)
    assert err == "4 loss calls: 2 satisfied, 2 violated, 0 undecided.\n"


def test_json_is_as_pinned(run: Run, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(PROGRAM)
    violated, undecided, satisfied = listed(run)
    unknown = {"space": None, "dtype": None, "shape": None}
    assert undecided == {
        "path": "train.py",
        "line": 6,
        "column": 5,
        "cell": None,
        "loss": "CrossEntropyLoss",
        "verdict": "undecided",
        "codes": [],
        "input": unknown,
        "target": unknown,
        "reason": "parameter `model` of `train`",
    }
    assert (violated["verdict"], violated["codes"], violated["reason"]) == ("violated", ["LG101"], None)
    assert violated["input"] == {"space": "probabilities", "dtype": "float", "shape": None}
    assert (satisfied["verdict"], satisfied["codes"], satisfied["reason"]) == ("satisfied", [], None)


def test_shapes_are_numbers_and_null(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(PROGRAM.replace("nn.Linear(4, 10)(x)", "nn.Conv2d(3, 10, 1)(x)"))
    assert listed(run)[2]["input"]["shape"] == [None, 10, None, None]


def test_notebook(run: Run, tmp_path: Path) -> None:
    cells = [{"cell_type": kind, "source": text} for kind, text in [("markdown", "#"), ("code", PROGRAM)]]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells, "nbformat": 4}))
    assert [(call["cell"], call["line"]) for call in listed(run)] == [(2, 5), (2, 6), (2, 7)]
    assert "\n  cell 2:6:5  undecided  CrossEntropyLoss\n" in run()[1]


def test_nothing_to_list(run: Run) -> None:
    assert run() == (0, "", "0 loss calls: 0 satisfied, 0 violated, 0 undecided.\n")
    assert listed(run) == []


def test_what_cannot_be_read_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("(")
    status, out, err = run("-q")
    assert (status, out) == (0, "")
    assert err.startswith("bad.py:1:1: LG901 nothing here was checked: ")


def test_options_shared_with_check(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(PROGRAM)
    (tmp_path / "b.py").write_text(PROGRAM)
    assert {call["path"] for call in listed(run, "--exclude", "a.py")} == {"b.py"}
    (tmp_path / "lossguard.toml").write_text('extend-exclude = ["b.py"]\nselect = ["LG2"]\n')
    calls = listed(run)
    assert {call["path"] for call in calls} == {"a.py"}
    assert {call["path"] for call in listed(run, "--isolated")} == {"a.py", "b.py"}
    assert run("-q", "--output-file", "out.txt") == (0, "", "")
    assert (tmp_path / "out.txt").read_text().startswith("a.py\n  5:5  violated ")


@pytest.mark.parametrize(
    "arguments", [["gone.py"], ["--output-format", "sarif"], ["--select", "LG1"], ["--config", "gone.toml"]]
)
def test_mistakes_are_one_line(run: Run, arguments: list[str]) -> None:
    status, out, err = run(*arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)


def test_colours_on_a_terminal(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text(PROGRAM)
    assert "\x1b[" not in run()[1]
    monkeypatch.setattr("lossguard.cli.calls.colour_wanted", lambda: True)
    assert "\x1b[33mundecided\x1b[0m" in run()[1]


def test_the_same_calls_from_python(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(PROGRAM)
    found = [(call.span.line, call.verdict.value) for call in calls_in(["."])]
    assert found == [(call["line"], call["verdict"]) for call in listed(run)]


def test_statistics_of_check_count_the_same(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run()
    (tmp_path / "a.py").write_text(PROGRAM)
    assert main(["check", "--statistics", "--output-format", "json"]) == 1
    captured = capsys.readouterr()
    assert len(json.loads(captured.out)) == 1
    assert "\n3 loss calls: 1 satisfied, 1 violated, 1 undecided\n" in captured.err
