"""The examples hold the mistakes that their comments name, no others, and do what they say when they run."""

from __future__ import annotations

import contextlib
import io
import json
import linecache
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from inspect import cleandoc
from pathlib import Path
from typing import Any

import pytest

from lossguard import calls_in, check_paths
from lossguard.assessment import Verdict
from lossguard.cli.config import load
from tests.readme import README, part

EXAMPLES = Path(__file__).parents[1] / "examples"
NOTEBOOK = json.loads((EXAMPLES / "notebook.ipynb").read_text("utf-8"))
MISTAKE = re.compile(r"# (LG\d{3})$")
SILENCED = re.compile(r"# noqa: (LG\d{3})$")
SCRIPTS = {
    "tutorial/cross_entropy.py": r"""
        good predictions: 0\.2929, classes \[2, 0, 1\]
        bad predictions:  1\.6418, classes \[0, 2, 0\]
    """,
    "tutorial/binary.py": r"""
        probabilities: 0\.\d{4}
        scores: all elements of input should be between 0 and 1
    """,
    "tutorial/softmax.py": r"""
        logits:        loss 0\.0\d{3}
        probabilities: loss 0\.55\d\d
    """,
    "tutorial/one_hot.py": r"""
        class indices: 0\.2929
        one-hot labels: Expected floating point type for target with class probabilities, got Long
    """,
    "acgan/train.py": r"""
        step 100: accuracy [01]\.\d\d, class loss 0\.7[4-9]\d\d
        step 200: accuracy 1\.00, class loss 0\.7[4-9]\d\d
        step 300: accuracy 1\.00, class loss 0\.7[4-9]\d\d
    """,
    "guarded.py": r"""
        LG101 `auxiliary` \(CrossEntropyLoss\) gets probabilities: .*
          at .*guarded\.py:\d+:15; input f32\[64, 4\], target i64\[64\]
        help: return the logits; CrossEntropyLoss applies log_softmax itself
    """,
    "custom_loss/train.py": r"""
        raw scores:    loss 0\.00\d\d
        probabilities: loss 0\.09\d\d
    """,
    "tasks/amp_ddp.py": r"""
        right: (100|9\d)%
        LG104 `criterion` \(BCEWithLogitsLoss\) gets values between 0 and 1: .*
          at .*amp_ddp\.py:\d+:23 on rank 0; input bf16\[128, 1\], target f32\[128, 1\]
        help: pass the logits; BCEWithLogitsLoss applies the sigmoid itself
    """,
    "tasks/discriminator.py": r"""
        points made around \([12]\.\d, -[01]\.\d\), real ones around \(2\.0, -1\.0\)
        LG104 `adversarial` \(BCEWithLogitsLoss\) gets values between 0 and 1: `validity` comes from `sigmoid`
          at .*discriminator\.py:\d+:17; input f32\[64, 1\], target f32\[64, 1\]
        help: pass the logits; BCEWithLogitsLoss applies the sigmoid itself
    """,
    "tasks/distillation.py": r"""
        student and teacher agree: (100|9\d)%
        LG107 `criterion` \(KLDivLoss\) gets probabilities, not log-probabilities: .* comes from `softmax`
          at .*distillation\.py:\d+:15; input f32\[300, 3\], target f32\[300, 3\]
        help: use log_softmax in place of softmax
    """,
    "tasks/multilabel.py": r"""
        labels right: (100|9\d)%
        LG206 `margin` \(MultiLabelMarginLoss\) gets labels of 0 and 1, not class indices padded with -1: .*
          at .*multilabel\.py:\d+:27; input f32\[300, 3\], target i64\[300, 3\]
        help: use MultiLabelSoftMarginLoss or BCEWithLogitsLoss, which take 0 and 1 as floats
    """,
    "tasks/segmentation.py": r"""
        pixels right: (100|9\d)%
        LG204 `criterion` \(CrossEntropyLoss\) gets class indices with a dimension too many, .*
          at .*segmentation\.py:\d+:30; input f32\[16, 3, 24, 24\], target i64\[16, 1, 24, 24\]
        help: remove the extra dimension: `mask\.unsqueeze\(1\)\.squeeze\(1\)`
        LG401 `mask`\[0, 0, 0\] is 255, but `forgetful` \(CrossEntropyLoss\) has 3 classes, 0 to 2
          at .*segmentation\.py:\d+:30; input f32\[16, 3, 24, 24\], target i64\[16, 24, 24\]
        help: if 255 marks what is not to count, pass ignore_index=255
    """,
    "tasks/sequence.py": r"""
        classes in dimension 1: (100|9\d)% of the tags right
        classes last:           [1-6]\d% of the tags right
    """,
}
SOFTMAX = r"""
    right: (100|9\d)%
    LG101 .* gets probabilities: .* comes from `softmax`.*; with 3 classes this loss cannot fall below 0\.5514
      at .*; input f32\[\d+, 3\], target i64\[\d+\]
    help: return the logits; .* applies log_softmax itself
"""
FRAMEWORKS = {  # by what has to be installed
    "frameworks/accelerate_loop.py": "accelerate",
    "frameworks/hf_trainer.py": "transformers",
    "frameworks/ignite_engine.py": "ignite",
    "frameworks/lightning_module.py": "lightning",
    "frameworks/skorch_net.py": "skorch",
}
ON_PURPOSE = [EXAMPLES / "tasks", EXAMPLES / "frameworks", EXAMPLES / "notebook.ipynb"]
"""Where what is wrong is so on purpose, and silenced."""


def test_the_checker_reports_the_mistakes_that_are_named_and_no_others() -> None:
    named = {
        (str(file), number, match[1])
        for file in EXAMPLES.rglob("*.py")
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if (match := MISTAKE.search(line))
    }
    findings = check_paths([EXAMPLES])
    assert {(str(Path(f.span.path).resolve()), f.span.line, f.code) for f in findings} == named
    assert len(named) == 6, "as the README says"
    assert {code for _, _, code in named} == {"LG101", "LG105", "LG201"}


def test_a_trace_crosses_files() -> None:
    findings = check_paths([EXAMPLES / "acgan" / "train.py"])
    assert [[Path(step.span.path).name for step in each.trace] for each in findings] == [
        ["nets.py", "nets.py", "train.py"],
        ["nets.py", "nets.py", "train.py"],
    ]


def test_every_call_is_decided_and_the_wrong_ones_are_silenced() -> None:
    silenced = {
        (file.name, None, number, match[1])
        for folder in ON_PURPOSE
        for file in folder.rglob("*.py")
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if (match := SILENCED.search(line))
    } | {
        ("notebook.ipynb", number, line, match[1])
        for number, source in _cells()
        for line, text in enumerate(source.splitlines(), 1)
        if (match := SILENCED.search(text))
    }
    calls = calls_in(ON_PURPOSE)
    assert {call.verdict for call in calls} == {Verdict.SATISFIED, Verdict.VIOLATED}
    assert {
        (Path(call.span.path).name, call.span.cell, call.span.line, told.code)
        for call in calls
        for told in call.diagnostics
    } == silenced
    assert check_paths(ON_PURPOSE) == []


def test_a_loss_is_known_once_it_is_taught() -> None:
    folder = EXAMPLES / "custom_loss"
    assert calls_in([folder]) == []
    taught = load(folder / "lossguard.toml").config(folder)
    text = (folder / "train.py").read_text("utf-8").splitlines()
    [finding] = check_paths([folder], taught)
    assert finding.code == "LG104"
    assert "# LG104, once" in text[finding.span.line - 1]
    assert [call.verdict for call in calls_in([folder], taught)] == [Verdict.SATISFIED, Verdict.VIOLATED]


def test_the_notebook_prints_what_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.chdir(EXAMPLES)
    names: dict[str, object] = {}
    for number, source in _cells():
        printed = io.StringIO()
        name = f"<cell {number}>"
        monkeypatch.setitem(linecache.cache, name, (len(source), None, source.splitlines(True), name))
        with contextlib.redirect_stdout(printed):
            exec(compile(source, name, "exec"), names)
        outputs = NOTEBOOK["cells"][number - 1]["outputs"]
        assert printed.getvalue() == "".join("".join(each["text"]) for each in outputs)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_does_what_it_says(script: str) -> None:
    pytest.importorskip("torch")
    _run(script, SCRIPTS[script])


@pytest.mark.parametrize("script", FRAMEWORKS)
def test_a_framework_is_guarded(script: str) -> None:
    pytest.importorskip("torch")
    if find_spec(FRAMEWORKS[script]) is None:
        pytest.skip(f"{FRAMEWORKS[script]} is not installed")
    _run(script, SOFTMAX)


def test_what_a_misuse_costs_is_what_the_readme_says() -> None:
    for module in ("torch", "sklearn", "matplotlib"):
        pytest.importorskip(module)
    done = _done("cost_of_misuse.py")
    assert done.returncode == 0, done.stderr
    now, told = _figures(done.stdout), _figures(part(README.read_text("utf-8"), "cost"))
    assert now.keys() == told.keys()
    for row, (code, *numbers) in told.items():
        assert now[row][0] == code
        for here, there in zip(now[row][1:], numbers, strict=True):
            assert _alike(here, there), row


def test_every_script_is_run() -> None:
    modules = {"acgan/nets.py", "acgan/losses.py", "custom_loss/mylib.py", "cost_of_misuse.py"}
    scripts = {file.relative_to(EXAMPLES).as_posix() for file in EXAMPLES.rglob("*.py")}
    assert scripts == {*SCRIPTS, *FRAMEWORKS, *modules}


def _cells() -> list[tuple[int, str]]:
    return [
        (number, "".join(cell["source"]))
        for number, cell in enumerate(NOTEBOOK["cells"], 1)
        if cell["cell_type"] == "code"
    ]


def _figures(table: str) -> dict[str, tuple[Any, ...]]:
    """The code and the means of each row, by its name."""
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    return {name: (code, *(float(each.split(" ")[0]) for each in numbers)) for name, code, *numbers in rows}


def _alike(here: float, there: float) -> bool:
    """Whether two runs, on processors that round in different orders, may have come to these means."""
    if there < -1000:  # without bound
        return here < -1000
    return here == pytest.approx(there, abs=4 if there > 10 else 0.1, rel=0.5 if there < -10 else 0)


def _run(script: str, printed: str) -> None:
    done = _done(script)
    assert done.returncode == 0, done.stderr
    expected = cleandoc(printed) + "\n"
    assert re.fullmatch(expected, done.stdout), done.stdout


def _done(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, EXAMPLES / script],
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
