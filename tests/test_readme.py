"""README.md and docs/guard.md say what the programs say."""

from __future__ import annotations

from pathlib import Path

import pytest

from lossguard.cli.config import load
from lossguard.cli.output import documentation
from lossguard.rules import all_rules
from tests.readme import NEED_TORCH, PARTS, README, fenced, part

TEXT = README.read_text("utf-8")


@pytest.mark.parametrize(("file", "name"), PARTS, ids=lambda each: getattr(each, "stem", each))
def test_a_part_is_what_its_program_says(file: Path, name: str) -> None:
    write = PARTS[file, name]
    if write in NEED_TORCH:
        pytest.importorskip("torch")
    assert part(file.read_text("utf-8"), name) == write(), "python -m tests.readme writes it anew"


def test_the_address_of_a_rule_is_its_row() -> None:
    for rule in all_rules():
        anchor = documentation(rule.code).partition("#")[2]
        assert f'<a id="{anchor}"></a>{rule.code} ' in TEXT


def test_the_configuration_is_one(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text(fenced(TEXT, "configuration"))
    assert load(file).ignore == ("LG102",)


@pytest.mark.parametrize("name", ["check", "tests"])
def test_a_command_is_one_line(name: str) -> None:
    assert fenced(TEXT, name).count("\n") == 1
