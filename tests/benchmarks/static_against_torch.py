"""Checks generated programs, runs each on torch under the guard, and counts what the two say of each other.

    python -m tests.benchmarks.static_against_torch NUMBER [--seed FIRST]

A program on which they disagree is made as plain as it can be while they do, and is printed.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Mapping

from tests.generated.choices import shrunk
from tests.generated.oracle import Judged, judged
from tests.generated.programs import program

_TABLES = (
    "verdicts",
    "codes",
    "borne out by",
    "satisfied, beside what is not known",
    "undecided for",
    "losses",
)


def plainest(found: Judged) -> Judged:
    """The plainest program that has the first disagreement of this one."""
    wanted = _kind(found.disagreements[0])
    seed = found.generated.seed

    def fails(fixed: Mapping[str, int]) -> bool:
        return wanted in map(_kind, judged(program(seed, fixed)).disagreements)

    return judged(program(seed, shrunk(seed, found.generated.chosen, fails)))


def _kind(disagreement: str) -> str:
    """What a disagreement is about, whatever its numbers are."""
    return re.sub(r"line \d+: |[{'\[(].*", "", disagreement)[:60]


def _table(title: str, counts: Counter[str], total: int) -> str:
    rows = (f"  {count:6d}  {count / total:5.1%}  {name}" for name, count in counts.most_common())
    return "\n".join([title, *rows])


def main() -> int:
    """Try so many programs; 1 where there was a disagreement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("number", type=int)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    tables = {name: Counter[str]() for name in _TABLES}
    disagreements = mistaken = 0
    for seed in range(options.seed, options.seed + options.number):
        found = judged(program(seed))
        tables["verdicts"][found.verdict] += 1
        tables["codes"].update(found.codes)
        tables["borne out by"].update(found.confirmed)
        tables["satisfied, beside what is not known"].update(found.unseen)
        tables["losses"][found.generated.loss] += 1
        if found.verdict == "undecided":
            tables["undecided for"][re.sub(r"`[^`]*`|\d+|\[.*\]", "…", found.reason)] += 1
        mistaken += bool(found.generated.mistakes)
        if found.disagreements:
            disagreements += 1
            plain = plainest(found)
            print(f"seed {seed}\n{plain.generated.text}\n" + "\n".join(plain.disagreements), flush=True)
    number = max(options.number, 1)
    print(f"{options.number} programs, {mistaken} of them with a mistake; {disagreements} disagreements")
    print("\n".join(_table(name, counts, number) for name, counts in tables.items()))
    return int(disagreements > 0)


if __name__ == "__main__":
    sys.exit(main())
