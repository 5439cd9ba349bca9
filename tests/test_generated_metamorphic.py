"""What is written otherwise and means the same has the same verdict: changes to generated programs."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.analysis.test_metamorphic import CHANGES
from tests.generated.programs import Generated, program
from tests.generated.verdicts import Said, apart, said, verdicts, without_lines

SEEDS = range(1000, 1060)
PROGRAMS = [program(seed) for seed in SEEDS]
SPELLINGS = (
    "name of",
    "import of",
    "style of",
    "keyword of",
    "sign of",
    "around the model",
    "what is returned",
    "way of calling",
    "frame",
    "output named first",
    "steps in one expression",
)
"""Choices that change how a program is written, and not what it does, by how their names begin."""


def _spelled_otherwise(generated: Generated) -> list[tuple[str, Generated]]:
    """The program with one choice of spelling made otherwise, for each of them."""
    names = [name for name in generated.chosen if name.startswith(SPELLINGS)]
    if "options" in generated.mistakes:  # a function does what a deprecated option says, and is not told
        names.remove("way of calling")
    others = (
        (name, program(generated.seed, {**generated.chosen, name: generated.chosen[name] + by}))
        for name in names
        for by in (-1, 1)
        if generated.chosen[name] + by >= 0
    )
    return [(name, other) for name, other in others if other.text != generated.text]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_the_text_changes_no_verdict(change: str) -> None:
    changed = 0
    for each in PROGRAMS:
        text, back = CHANGES[change](each.text)
        if text != each.text:
            ast.parse(text)
            changed += 1
            assert said(verdicts(text), back) == said(verdicts(each.text)), text
    assert changed


@pytest.mark.parametrize("part", range(6))
def test_another_spelling_changes_no_verdict(part: int) -> None:
    differ: list[tuple[str, str, str]] = []
    for each in PROGRAMS[part::6]:
        before = _worst(verdicts_of(each))
        for name, other in _spelled_otherwise(each):
            after = _worst(verdicts_of(other))
            if after != before and "undecided" not in (after[0], before[0]):
                differ.append((name, f"{before} {after}", other.text))
    assert differ == []


@pytest.mark.parametrize("is_named", [False, True])
def test_a_model_in_a_module_of_its_own(is_named: bool, tmp_path: Path) -> None:
    for each in PROGRAMS:
        folder = tmp_path / str(each.seed)
        folder.mkdir()
        assert apart(each, folder, is_named=is_named) == without_lines(verdicts_of(each)), each.text


def verdicts_of(generated: Generated) -> list[Said]:
    return said(verdicts(generated.text))


def _worst(found: list[Said]) -> tuple[str, tuple[str, ...]]:
    """The verdicts of a program, its lines apart."""
    codes = tuple(sorted({code for _, _, each in found for code in each}))
    decided = {verdict for _, verdict, _ in found}
    verdict = "violated" if codes else "undecided" if "undecided" in decided or not decided else "satisfied"
    return verdict, codes
