"""CONTRIBUTING.md, followed: its operator and its rule are written into a copy, where their cases pass."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_BLOCK = re.compile(
    r"^(?P<indent> *)```python (?P<file>\S+)\n(?P<content>.*?)^(?P=indent)```\n", re.MULTILINE | re.DOTALL
)


def blocks() -> Iterator[tuple[str, str]]:
    """The files that the text gives, and the row, each with its content."""
    for block in _BLOCK.finditer((ROOT / "CONTRIBUTING.md").read_text("utf-8")):
        lines = block["content"].splitlines(keepends=True)
        yield (
            block["file"],
            "".join(line.removeprefix(block["indent"]) if line.strip() else line for line in lines),
        )


def _cases(copy: Path, which: str) -> int:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/test_cases.py",
        "-k",
        which,
    ]
    return subprocess.run(command, cwd=copy, capture_output=True, check=False).returncode


def test_the_text_can_be_followed(tmp_path: Path) -> None:
    skipped = shutil.ignore_patterns("__pycache__", "corpus", "golden")
    for folder in ("lossguard", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=skipped)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    written = dict(blocks())
    row = written.pop("row")
    assert len(written) == 5
    for name, content in written.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(content, "utf-8")
    assert _cases(tmp_path, "ndtr") == pytest.ExitCode.TESTS_FAILED, "nothing is known of the operator yet"
    operators = tmp_path / "lossguard" / "analysis" / "operators.py"
    before, after = operators.read_text("utf-8").split(
        "OPERATORS: Mapping[str, Operator] = MappingProxyType(\n    {\n"
    )
    operators.write_text(
        f"{before}OPERATORS: Mapping[str, Operator] = MappingProxyType(\n    {{\n{row}{after}", "utf-8"
    )
    assert _cases(tmp_path, "ndtr or LG310") == pytest.ExitCode.OK
