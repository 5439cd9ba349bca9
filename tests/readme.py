"""The parts of README.md and docs/guard.md that programs write.

With torch 2.13, ``python -m tests.readme`` writes them anew, and draws the picture.
"""

from __future__ import annotations

import ast
import os
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
from tests import picture

if TYPE_CHECKING:
    from tests.benchmarks.table_guard import Table

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
GUARD = ROOT / "docs" / "guard.md"
EXAMPLES = ROOT / "examples" / "README.md"
KOREAN = ROOT / "examples" / "README.ko.md"


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


def calls() -> str:
    return _session("lossguard calls examples/tutorial/softmax.py examples/tutorial/cross_entropy.py")


def taught() -> str:
    return _session(
        "cd examples/custom_loss && cat lossguard.toml && lossguard check --output-format concise"
    )


def examples() -> str:
    top = EXAMPLES.parent
    order = ("tutorial", "acgan", "guarded.py", "tasks", "frameworks", "custom_loss", "cost_of_misuse.py")
    files = [
        file
        for name in order
        for file in ([top / name] if name.endswith(".py") else sorted((top / name).glob("*.py")))
    ]
    rows = (
        (file.relative_to(top).as_posix(), ast.get_docstring(ast.parse(file.read_text("utf-8"))) or "")
        for file in files
    )
    lines = "".join(f"| [{name}]({name}) | {text.partition(chr(10))[0]} |\n" for name, text in rows)
    return f"| | |\n| --- | --- |\n{lines}"


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
    (README, "calls"): calls,
    (README, "taught"): taught,
    (README, "guard"): guard,
    (KOREAN, "guard"): guard,
    (EXAMPLES, "examples"): examples,
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


def _session(command: str) -> str:
    """A command in a shell, with what it prints."""
    shell = f'lossguard() {{ {sys.executable} -m lossguard "$@" 2>&1; }}; {command}'
    settings = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-c", shell], cwd=ROOT, env=settings, stdout=subprocess.PIPE, encoding="utf-8", check=False
    )
    return f"```console\n$ {command}\n{done.stdout}```\n"


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
    picture.PICTURE.write_text(picture.drawn(), "utf-8")
    for (file, name), write in PARTS.items():
        text = file.read_text("utf-8")
        marks = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
        file.write_text(text.replace(part(text, name).join(marks), write().join(marks)), "utf-8")
