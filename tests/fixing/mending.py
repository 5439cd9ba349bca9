"""Runs ``check --fix`` over small programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lossguard.cli.main import main

HEADER = """\
import torch
import torch.nn.functional as F
from torch import nn

net = nn.Linear(8, 4)
x = torch.randn(16, 8)
y = torch.randint(0, 4, (16,))
"""
SAFE, UNSAFE = "safe", "unsafe"


class Row(NamedTuple):
    """A mistake, what a fix makes of it, and whether it is safe; ``after`` is None where none is offered."""

    code: str
    before: str
    after: str | None
    safety: str = SAFE


class Mending:
    """A folder with programs, and what the command line does to them."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            file = self.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())

    def read(self) -> dict[str, str]:
        files = sorted(file for file in self.folder.rglob("*") if file.is_file())
        return {file.relative_to(self.folder).as_posix(): file.read_bytes().decode() for file in files}

    def run(self, *options: str) -> list[dict[str, Any]]:
        """Check with these options; the findings that remain."""
        self._capsys.readouterr()
        main(["check", "--isolated", "--output-format=json", "--jobs=1", *options])
        found: list[dict[str, Any]] = json.loads(self._capsys.readouterr().out)
        return found

    def codes(self, *options: str) -> list[str]:
        return [finding["code"] for finding in self.run(*options)]


def check_row(mending: Mending, row: Row, header: str = HEADER) -> None:
    """The fix is offered as the row says, makes what it says of the program, and leaves no such finding."""
    select = f"--extend-select={row.code}"
    before = {"train.py": header + row.before}
    mending.write(before)
    findings = [each for each in mending.run(select) if each["code"] == row.code]
    assert findings, "the mistake is found"
    offered = {None if each["fix"] is None else each["fix"]["applicability"] for each in findings}
    assert offered == ({None} if row.after is None else {row.safety})
    mending.run(select, "--fix")
    after = before if row.after is None else {"train.py": header + row.after}
    assert mending.read() == (after if row.safety == SAFE else before)
    left = mending.codes(select, "--fix", "--unsafe-fixes")
    assert mending.read() == after
    assert (row.code in left) is (row.after is None)
    mending.run(select, "--fix", "--unsafe-fixes")
    assert mending.read() == after
