"""``pytest --lossguard``, on suites of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

ROOT = Path(__file__).parents[2]
SUITE = """
import pytest
import torch
from torch import nn

logits, labels = nn.Linear(4, 5)(torch.randn(8, 4)), torch.arange(8) % 5

def test_right():
    nn.CrossEntropyLoss()(logits, labels)

def test_wrong():
    nn.CrossEntropyLoss()(logits.softmax(1), labels)

def test_wasteful():
    nn.CrossEntropyLoss()(logits.log_softmax(1), labels)

@pytest.mark.lossguard(ignore="LG101")
def test_lenient():
    nn.CrossEntropyLoss()(logits.softmax(1), labels)

@pytest.mark.lossguard(False)
def test_left_alone():
    nn.CrossEntropyLoss()(logits.softmax(1), labels)

@pytest.fixture
def loss():
    return nn.NLLLoss()(logits, labels)

def test_fixture(loss):
    pass
"""


def run(tmp_path: Path, *arguments: str, ini: str = "") -> tuple[dict[str, int], str]:
    (tmp_path / "test_suite.py").write_text(SUITE)
    (tmp_path / "pytest.ini").write_text(f"[pytest]\n{ini}\n")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "lossguard.pytest_plugin"]
    done = subprocess.run(
        [*command, "-q", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "", "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    counts = re.findall(r"(\d+) (passed|failed|error)", "".join(done.stdout.splitlines()[-1:]))
    return {what: int(count) for count, what in counts}, done.stdout + done.stderr


def test_the_suite_is_watched(tmp_path: Path) -> None:
    counts, text = run(tmp_path, "--lossguard", "--strict-markers")
    assert counts == {"passed": 3, "failed": 2, "error": 1}
    assert "LossGuardError: LG101" in text
    assert "`logits.softmax(1)` comes from `softmax`" in text
    assert "LG106" in text
    table = text.partition("- lossguard -")[2]
    assert re.search(r"CrossEntropyLoss +4 ", table)


def test_the_ini_file_asks_for_it(tmp_path: Path) -> None:
    assert run(tmp_path, ini="lossguard = true")[0] == {"passed": 3, "failed": 2, "error": 1}
    ignoring = run(tmp_path, ini="lossguard = true\nlossguard_ignore = LG102 LG106")[0]
    assert ignoring == {"passed": 5, "failed": 1}
    assert run(tmp_path, "--no-lossguard", ini="lossguard = true")[0] == {"passed": 6}


def test_without_being_asked_it_does_nothing(tmp_path: Path) -> None:
    counts, text = run(tmp_path, "--strict-markers")
    assert counts == {"passed": 6}
    assert "- lossguard -" not in text


def test_it_says_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "import importlib.util\nfind = importlib.util.find_spec\n"
        "import lossguard.pytest_plugin as plugin\nplugin.find_spec = lambda name: None\n"
    )
    assert "lossguard watches calls of torch, which is not installed" in run(tmp_path, "--lossguard")[1]


def test_pytest_finds_the_plugin_by_itself() -> None:
    entries = (ROOT / "pyproject.toml").read_text().partition("[project.entry-points.pytest11]\n")[2]
    assert entries.startswith('lossguard = "lossguard.pytest_plugin"\n')
