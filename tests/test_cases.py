"""The static checker over ``tests/cases``: expectations stand on the offending line of each program.

``# expect: LG101`` on a line says that the checker reports exactly that there; ``# silent: why`` marks a loss
call that looks like the mistake and is right. A case is a program, a notebook, or a directory of programs.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from lossguard import check_paths
from lossguard.analysis.interpreter import calls
from lossguard.config import Config
from lossguard.rules import all_rules

CASES = Path(__file__).parent / "cases"
EXPECT = re.compile(r"# expect: (LG\d{3}(?:, LG\d{3})*)")
SILENT = re.compile(r"# silent: \S")
HITS_AT_LEAST = 6


def cases() -> list[Path]:
    """Every program, notebook and directory of programs below ``cases/<CODE>_<name>/``."""
    found = (case for rule in sorted(CASES.iterdir()) if rule.is_dir() for case in sorted(rule.iterdir()))
    return [case for case in found if case.is_dir() or case.suffix in {".py", ".ipynb"}]


def place(path: str, cell: int | None, line: int) -> str:
    return f"{path}:{line}" if cell is None else f"{path}:cell {cell}:{line}"


def lines(case: Path) -> Iterator[tuple[str, str]]:
    """The lines of a case, each with its place."""
    files = sorted(case.rglob("*")) if case.is_dir() else [case]
    for file in files:
        name = file.relative_to(CASES).as_posix()
        if file.suffix == ".py":
            for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
                yield place(name, None, number), line
        elif file.suffix == ".ipynb":
            for cell, content in enumerate(json.loads(file.read_text("utf-8"))["cells"], 1):
                for number, line in enumerate("".join(content["source"]).splitlines(), 1):
                    yield place(name, cell, number), line


def expectations(case: Path) -> set[tuple[str, str]]:
    """What the case says that the checker reports: place and code."""
    return {
        (where, code)
        for where, line in lines(case)
        for match in EXPECT.finditer(line)
        for code in match[1].split(", ")
    }


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.relative_to(CASES).as_posix())
def test_reports_exactly_what_the_case_expects(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES)
    found = {
        (place(Path(each.span.path).as_posix(), each.span.cell, each.span.line), each.code)
        for each in check_paths([case.relative_to(CASES)], Config(extend_select=(case.parent.name[:5],)))
    }
    expected = expectations(case)
    assert sorted(found - expected) == [], "reported, and not expected"
    assert sorted(expected - found) == [], "expected, and not reported"


JUDGED = [rule.code for rule in all_rules() if not rule.guard_only and not rule.code.startswith("LG9")]


@pytest.mark.parametrize("code", JUDGED)
def test_look_alikes_outnumber_hits(code: str) -> None:
    directories = [directory for directory in CASES.iterdir() if directory.name.startswith(f"{code}_")]
    assert len(directories) == 1, f"{code} has one directory of cases"
    of_rule = [case for case in cases() if case.parent == directories[0]]
    hits = Counter(found for case in of_rule for _, found in expectations(case))
    look_alikes = sum(bool(SILENT.search(line)) for case in of_rule for _, line in lines(case))
    assert hits[code] >= HITS_AT_LEAST
    assert look_alikes > hits[code]


def test_every_directory_of_cases_belongs_to_a_rule() -> None:
    names = {f"{rule.code}_{rule.name.replace('-', '_')}" for rule in all_rules()}
    assert {directory.name for directory in CASES.iterdir() if directory.is_dir()} <= names


def test_hits_and_look_alikes_keep_to_their_files() -> None:
    for case in cases():
        if case.name.startswith("hit_"):
            assert expectations(case), f"{case.name} expects nothing"
        if case.name.startswith("noop_"):
            assert not expectations(case), f"{case.name} expects a finding"


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.relative_to(CASES).as_posix())
def test_what_is_passed_over_at_first_is_looked_into_when_it_is_needed(
    case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "PEEK_STEPS", 1)
    monkeypatch.setattr(calls, "EFFECT_STEPS", 1)
    test_reports_exactly_what_the_case_expects(case, monkeypatch)
