"""The plugin within flake8: the installed entry point, driven as a user drives it."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from lossguard.flake8_plugin import LossguardPlugin
from lossguard.rules import all_rules
from tests.planted import planted

__all__ = ["planted"]

MODELS = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)

    def forward(self, x):
        return torch.softmax(self.fc(x), dim=1)
"""
TRAIN = """\
import torch
from torch import nn

from models import Net

net = Net()
criterion = nn.CrossEntropyLoss()
out = net(torch.randn(8, 4))
loss = criterion(out, torch.randint(3, (8,)))
"""
ENDING = "(softmax at models.py:11)"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "models.py").write_text(MODELS)
    (tmp_path / "train.py").write_text(TRAIN)
    return tmp_path


def flake8(*arguments: str, cwd: Path, stdin: str = "") -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "flake8", "--isolated", "--select=LG,E9", *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_entry_point() -> None:
    (point,) = entry_points(group="flake8.extension", name="LG")
    assert point.load() is LossguardPlugin


def test_finding_ends_with_where_the_value_came_from(project: Path) -> None:
    (line,) = flake8(cwd=project)
    assert line.startswith("./train.py:9:18: LG101 `criterion` (CrossEntropyLoss) gets probabilities: `out`")
    assert line.endswith(ENDING)
    assert line.count("models.py") == 1


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_jobs(project: Path, jobs: str) -> None:
    for copy in range(6):
        (project / f"train{copy}.py").write_text(TRAIN)
    lines = flake8("--jobs", jobs, cwd=project)
    assert len(lines) == 7
    assert all(line.endswith(ENDING) for line in lines)


def test_standard_input(project: Path) -> None:
    (line,) = flake8("-", cwd=project, stdin=TRAIN)
    assert line.startswith("stdin:9:18: LG101")
    (project / "setup.py").touch()
    (line,) = flake8(
        "--stdin-display-name", "sub/new.py", "-", cwd=project, stdin=TRAIN.replace("models", "..models")
    )
    assert line.startswith("sub/new.py:9:18: LG101")


def test_suppression_is_flake8s(project: Path) -> None:
    file = project / "train.py"
    file.write_text(TRAIN.rstrip() + "  # noqa: LG101\n")
    assert flake8(cwd=project) == []
    assert len(flake8("--disable-noqa", cwd=project)) == 1
    file.write_text(TRAIN)
    assert flake8("--per-file-ignores=train.py:LG1", cwd=project) == []
    assert flake8("--extend-ignore=LG101", cwd=project) == []
    file.write_text("# lossguard: ignore-file\n" + TRAIN)
    assert flake8(cwd=project) == []


def test_syntax_error_is_reported_once_and_by_flake8(project: Path) -> None:
    (project / "train.py").write_text("def f(:\n")
    codes = [line.split()[1] for line in flake8(cwd=project)]
    assert "LG901" not in codes
    assert "E999" in codes


def test_rules_off_by_default_are_told_to_flake8() -> None:
    told: list[str] = []

    class Manager:
        def extend_default_ignore(self, error_codes: Sequence[str]) -> None:
            told.extend(error_codes)

    LossguardPlugin.add_options(Manager())
    assert told == [rule.code for rule in all_rules() if not rule.on_by_default]


@pytest.mark.usefixtures("planted")
def test_lines_count_from_one_and_columns_from_zero() -> None:
    text = "loss = 1\r\né = criterion(out, y)  # noqa\n"
    plugin = LossguardPlugin(ast.parse(text), text.splitlines(keepends=True), "train.py")
    message = "LG101 `criterion` gets probabilities: `out` (softmax at models.py:14)"
    assert list(plugin.run()) == [(2, 14, message, LossguardPlugin)]


def test_every_run_reads_anew(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setattr(LossguardPlugin, "_run", None)

    def found(begin: bool) -> int:
        if begin:
            LossguardPlugin.parse_options(object())
        return len(list(LossguardPlugin(ast.parse(""), TRAIN.splitlines(keepends=True), "train.py").run()))

    assert found(begin=False) == 1
    (project / "models.py").write_text(MODELS.replace("torch.softmax(self.fc(x), dim=1)", "self.fc(x)"))
    assert found(begin=False) == 0
    assert found(begin=True) == 0
    (project / "models.py").write_text(MODELS)
    assert [found(begin=False), found(begin=True)] == [0, 1]


def test_modules_are_found_from_the_folder_that_flake8_runs_in(project: Path) -> None:
    (project / "scripts").mkdir()
    (project / "train.py").rename(project / "scripts" / "train.py")
    assert len(flake8(cwd=project)) == 1
