"""Whether the tests would notice: small changes of the rules and of the table of operators, one at a time.

    python -m tests.benchmarks.mutation NUMBER [--seed FIRST]

Draws so many changes, makes each in a copy of the repository, and runs the tests that are about rules, those
of the rule itself first. It prints the changes that no test notices, and the share of those that one does.
"""

from __future__ import annotations

import argparse
import ast
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

ROOT = Path(__file__).parent.parent.parent
MUTATED = (*sorted((ROOT / "lossguard" / "rules").glob("*.py")), ROOT / "lossguard/analysis/operators.py")
FIRST: Final = ("tests/test_cases.py", "tests/test_rules.py", "tests/test_option_rules.py")
OTHERS: Final = (
    "tests/test_cases.py",
    "tests/test_rule_messages.py",
    "tests/test_rules_about_axes.py",
    "tests/test_rules_against_torch.py",
    "tests/test_options_against_torch.py",
    "tests/test_generated_programs.py",
    "tests/fixing/test_losses_and_options.py",
    "tests/fixing/test_removed_operations.py",
    "tests/fixing/test_targets.py",
    "tests/runtime/test_semantics.py",
    "tests/runtime/test_guard_rules.py",
    "tests/runtime/test_report.py",
)
_OF_NO_USE: Final = shutil.ignore_patterns(".git", ".venv*", ".*_cache", ".hypothesis", "__pycache__")
_SWAPPED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_MEMBERS: Final = {
    "Space": ("LOGITS", "PROBABILITIES", "UNIT_INTERVAL", "LOG_PROBABILITIES"),
    "DType": ("F32", "I64", "BOOL"),
    "Severity": ("ERROR", "WARNING"),
}


class Change(NamedTuple):
    """One changed place: the file, the number of the node in it and its line, and what stands there then."""

    file: Path
    number: int
    line: int
    before: str
    after: str

    @property
    def text(self) -> str:
        """The file with the change."""
        tree = ast.parse(self.file.read_text("utf-8"))
        there = next(islice(ast.walk(tree), self.number, None))
        for change in _of(there):
            change(there)
        return ast.unparse(tree)


def changes(file: Path) -> Iterator[Change]:
    """Every change of a file."""
    for number, node in enumerate(ast.walk(ast.parse(file.read_text("utf-8")))):
        for change in _of(node):
            before = ast.unparse(node)
            change(node)
            yield Change(file, number, node.lineno, before, ast.unparse(node))  # type: ignore[attr-defined]


def _of(node: ast.AST) -> Iterator[Callable[..., None]]:
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in _SWAPPED:
            yield lambda there: setattr(there, "ops", [_SWAPPED[type(there.ops[0])]()])
        case ast.BoolOp(op=ast.And()):
            yield lambda there: setattr(there, "op", ast.Or())
        case ast.BoolOp(op=ast.Or()):
            yield lambda there: setattr(there, "op", ast.And())
        case ast.Constant(value=bool()):
            yield lambda there: setattr(there, "value", not there.value)
        case ast.Constant(value=int()):
            yield lambda there: setattr(there, "value", there.value + 1)
        case ast.Return(value=ast.expr()) if not isinstance(node.value, ast.Constant):
            yield lambda there: setattr(there, "value", ast.Constant(None))
        case ast.Attribute(value=ast.Name(id=enum), attr=member) if member in _MEMBERS.get(enum, ()):
            yield lambda there: setattr(there, "attr", _next(_MEMBERS[there.value.id], there.attr))


def _next(members: Sequence[str], member: str) -> str:
    return members[(members.index(member) + 1) % len(members)]


def is_noticed(change: Change, place: Path) -> bool:
    """Make a change in a copy of the repository, run the tests there, and undo it."""
    file = place / change.file.relative_to(ROOT)
    before = file.read_text("utf-8")
    file.write_text(change.text, "utf-8")
    try:
        code = file.stem[:5].upper()
        own = ["-k", f"{code} or test_rules or option"] if code.startswith("LG") else []
        return _fail(place, [*FIRST, *own]) or _fail(place, ["-n", "2", *OTHERS])
    finally:
        file.write_text(before, "utf-8")


def _fail(place: Path, arguments: Sequence[str]) -> bool:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=place, capture_output=True, check=False).returncode not in (0, 5)


def main() -> None:
    """Try so many changes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("number", type=int)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    possible = [change for file in MUTATED for change in changes(file)]
    drawn = random.Random(options.seed).sample(possible, min(options.number, len(possible)))
    noticed = 0
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "lossguard"
        shutil.copytree(ROOT, place, ignore=_OF_NO_USE)
        for number, change in enumerate(drawn, 1):
            found = is_noticed(change, place)
            noticed += found
            where = f"{change.file.relative_to(ROOT)}:{change.line}"
            if not found:
                print(f"NOT NOTICED {where}  {change.before}  ->  {change.after}")
            print(f"{noticed} of {number}", file=sys.stderr, flush=True)
    print(f"{noticed} of {len(drawn)} changes noticed, of {len(possible)} that there are")


if __name__ == "__main__":
    main()
