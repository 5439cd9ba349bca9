"""The examples hold the mistakes that their comments name, no others, and do what they say when they run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from inspect import cleandoc
from pathlib import Path

import pytest

from lossguard import check_paths

EXAMPLES = Path(__file__).parents[1] / "examples"
MISTAKE = re.compile(r"# (LG\d{3})$")
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
}


def test_the_checker_reports_the_mistakes_that_are_named_and_no_others() -> None:
    named = {
        (str(file), number, match[1])
        for file in EXAMPLES.rglob("*.py")
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if (match := MISTAKE.search(line))
    }
    findings = check_paths([EXAMPLES])
    assert {(str(Path(f.span.path).resolve()), f.span.line, f.code) for f in findings} == named
    assert {code for _, _, code in named} == {"LG101", "LG105", "LG201"}


def test_a_trace_crosses_files() -> None:
    findings = check_paths([EXAMPLES / "acgan" / "train.py"])
    assert [[Path(step.span.path).name for step in each.trace] for each in findings] == [
        ["nets.py", "nets.py", "train.py"],
        ["nets.py", "nets.py", "train.py"],
    ]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_does_what_it_says(script: str) -> None:
    pytest.importorskip("torch")
    done = subprocess.run(
        [sys.executable, EXAMPLES / script],
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    expected = cleandoc(SCRIPTS[script]) + "\n"
    assert re.fullmatch(expected, done.stdout), done.stdout


def test_every_script_is_run() -> None:
    modules = {"acgan/nets.py", "acgan/losses.py"}
    assert {file.relative_to(EXAMPLES).as_posix() for file in EXAMPLES.rglob("*.py")} == {*SCRIPTS, *modules}
