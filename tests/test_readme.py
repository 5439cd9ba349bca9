"""README.md and docs/guard.md say what the programs say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lossguard.cli.config import load
from lossguard.cli.output import documentation
from lossguard.rules import all_rules
from tests import picture
from tests.readme import KOREAN, NEED_TORCH, PARTS, README, ROOT, fenced, part

TEXT = README.read_text("utf-8")
USAGE = (ROOT / "docs" / "usage.md").read_text("utf-8")


@pytest.mark.parametrize(("file", "name"), PARTS, ids=lambda each: getattr(each, "name", each))
def test_a_part_is_what_its_program_says(file: Path, name: str) -> None:
    write = PARTS[file, name]
    if write in NEED_TORCH:
        pytest.importorskip("torch")
    assert part(file.read_text("utf-8"), name) == write(), "python -m tests.readme writes it anew"


def test_the_picture_shows_what_the_command_prints() -> None:
    assert picture.PICTURE.relative_to(README.parent).as_posix() in TEXT
    assert picture.characters(picture.PICTURE.read_text("utf-8")) == picture.bare(picture.printed().plain)


def test_the_address_of_a_rule_is_its_row() -> None:
    for rule in all_rules():
        anchor = documentation(rule.code).partition("#")[2]
        assert f'<a id="{anchor}"></a>{rule.code} ' in TEXT


def test_the_configuration_is_one(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text(fenced(TEXT, "configuration"))
    assert load(file).ignore == ("LG102",)


def test_the_korean_quick_start_gives_the_same_commands() -> None:
    korean = KOREAN.read_text("utf-8")
    assert "examples/README.ko.md" in TEXT.splitlines()[0]
    assert fenced(korean, "check") == fenced(TEXT, "check")
    commands = re.compile(r"```python\n(.*?)```", re.DOTALL)
    assert set(commands.findall(korean)) <= set(commands.findall(TEXT))
    inline = set(re.findall(r"`((?:\S*lossguard |pytest |guard\(|with )[^`]+)`", korean))
    assert len(inline) >= 6
    assert [each for each in inline if each not in f"{TEXT}{USAGE}"] == []


@pytest.mark.parametrize("name", ["check", "tests"])
def test_a_command_is_one_line(name: str) -> None:
    assert fenced(TEXT, name).count("\n") == 1
