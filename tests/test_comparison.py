"""docs/comparison.md says what lossguard says of the pairs; ``bench_peers`` asks the other tools."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from lossguard import check_source, watch
from tests.benchmarks.peer_pairs import programs

TEXT = (Path(__file__).parents[1] / "docs" / "comparison.md").read_text("utf-8")
WRONG, RIGHT = programs(wrong=True), programs(wrong=False)


def told(name: str, tool: str) -> str:
    """The cell of the table."""
    rows = [line.strip("| ").split(" | ") for line in TEXT.splitlines() if line.startswith("| ")]
    (heading,) = (row for row in rows if tool in row and "TorchFix" in row)
    (row,) = (row for row in rows if row[0] == name)
    return row[heading.index(tool) + 1]  # the heading has no name


@pytest.mark.parametrize("name", WRONG)
def test_the_checker_tells_a_pair_apart(name: str) -> None:
    codes = [each.code for each in check_source(WRONG[name])]
    assert (", ".join(codes) or "–") == told(name, "lossguard check")
    assert check_source(RIGHT[name]) == []


@pytest.mark.parametrize("name", WRONG)
def test_the_guard_tells_a_pair_apart(name: str) -> None:
    pytest.importorskip("torch")

    def found(program: str) -> set[str]:
        codes: set[str] = set()
        with warnings.catch_warnings(), watch(on_violation=lambda finding: codes.add(finding.code)):
            warnings.simplefilter("ignore")  # all that torch says of a broadcast
            exec(compile(program, "pair", "exec"), {"__name__": "pair"})
        return codes

    assert (", ".join(sorted(found(WRONG[name]))) or "–") == told(name, "lossguard.watch")
    assert found(RIGHT[name]) == set()
