"""The parts of README.md and docs/guard.md that programs write.

With torch 2.13, ``python -m tests.readme`` writes them anew.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from functools import cache
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING

from lossguard.diagnostics import Severity
from lossguard.rules import Rule, all_rules

if TYPE_CHECKING:
    from tests.benchmarks.table_guard import Table

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
GUARD = ROOT / "docs" / "guard.md"


def part(text: str, name: str) -> str:
    """What stands between the marks of that name."""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    assert text.count(begin) == text.count(end) == 1
    return text.partition(begin)[2].partition(end)[0]


def fenced(text: str, name: str) -> str:
    """The content of the code block between the marks of that name."""
    block = re.fullmatch(r"```\w*\n(.*)```\n", part(text, name), re.DOTALL)
    assert block
    return block[1]


def finding() -> str:
    command = "lossguard check examples/acgan"
    first, _, _ = _output("-m", *command.split()).partition("\n\n")
    return f"```console\n$ {command}\n{first}\n```\n"


def guard() -> str:
    return f"```text\n{_output('examples/guarded.py')}```\n"


def rules() -> str:
    return _table(each for each in all_rules() if not each.guard_only)


def guard_rules() -> str:
    return _table(each for each in all_rules() if each.guard_only)


def guard_evidence() -> str:
    return _facts().sentence()


def guard_counts() -> str:
    return _facts().counts()


def guard_reasons() -> str:
    return _facts().reasons()


def guard_rows() -> str:
    return _facts().table()


PARTS: dict[tuple[Path, str], Callable[[], str]] = {
    (README, "finding"): finding,
    (README, "guard"): guard,
    (README, "rules"): rules,
    (README, "guard-rules"): guard_rules,
    (README, "guard-evidence"): guard_evidence,
    (GUARD, "counts"): guard_counts,
    (GUARD, "reasons"): guard_reasons,
    (GUARD, "rows"): guard_rows,
}
NEED_TORCH = frozenset({guard, guard_evidence, guard_counts, guard_reasons, guard_rows})


@cache
def _facts() -> Table:
    from tests.benchmarks.table_guard import facts

    return facts()


def _output(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )
    return done.stdout


def _table(reporting: Iterable[Rule]) -> str:
    rows = "".join(
        f'| <a id="{each.code.lower()}"></a>{each.code} | {each.name} | {_summary(each)} |\n'
        for each in reporting
    )
    return f"| | | |\n| --- | --- | --- |\n{rows}"


def _summary(each: Rule) -> str:
    first = cleandoc(each.__doc__ or "").partition("\n")[0]
    remarks = ["a warning"] * (each.severity is Severity.WARNING) + ["off"] * (not each.on_by_default)
    return f"{first} *({', '.join(remarks)})*" if remarks else first


if __name__ == "__main__":
    for (file, name), write in PARTS.items():
        text = file.read_text("utf-8")
        marks = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
        file.write_text(text.replace(part(text, name).join(marks), write().join(marks)), "utf-8")
