"""What changes nothing about a program changes none of its findings.

Each change is made to the programs of ``tests/cases``; lines are mapped back to those of the program.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from lossguard import check_paths, check_source

CASES = Path(__file__).parents[1] / "cases"
PROGRAMS = [
    file
    for file in sorted(CASES.glob("*/*.py"))
    if "LG901" not in file.parent.name and "lossguard:" not in file.read_text("utf-8")
]
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
Changed = tuple[str, Callable[[int], int]]


def findings(text: str, back: Callable[[int], int] = lambda line: line) -> list[tuple[int, str]]:
    """Line and code of every finding, lines mapped by ``back``."""
    return sorted((back(found.span.line), found.code) for found in check_source(text))


@cache
def findings_before(file: Path) -> list[tuple[int, str]]:
    """Line and code of every finding in a program as it stands."""
    return findings(file.read_text("utf-8"))


# Changes


def with_passes(text: str) -> Changed:
    """``pass`` and an unused assignment before every statement of a function."""
    lines = text.split("\n")
    places: dict[int, str] = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            starts = [
                min([s.lineno, *(d.lineno for d in getattr(s, "decorator_list", []))]) for s in node.body
            ]
            for start, statement in zip(starts, node.body, strict=True):
                before = lines[start - 1][: statement.col_offset]
                if start > node.lineno and not before.strip():
                    places[start] = before
    result: list[str] = []
    origin: list[int] = []
    for number, line in enumerate(lines, 1):
        if number in places:
            result.append(f"{places[number]}pass; _unused = None")
            origin.append(number)
        result.append(line)
        origin.append(number)
    return "\n".join(result), lambda line: origin[line - 1]


def with_renamed_variables(text: str) -> Changed:
    """Every variable that only functions know gets another name."""
    tree = ast.parse(text)
    stored: set[str] = set()
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            stored |= {
                n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }
    elsewhere = {
        n.id
        for s in tree.body
        for n in ast.walk(s)
        if isinstance(n, ast.Name) and not isinstance(s, DEFINITIONS)
    }
    taken = {a.arg for n in ast.walk(tree) if isinstance(n, ast.arguments) for a in _parameters(n)}
    taken |= {k.arg for k in ast.walk(tree) if isinstance(k, ast.keyword) and k.arg}
    taken |= {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    taken |= {n.name for n in ast.walk(tree) if isinstance(n, DEFINITIONS)}
    taken |= {name for n in ast.walk(tree) if isinstance(n, ast.Global | ast.Nonlocal) for name in n.names}
    taken |= {n.asname or n.name for n in ast.walk(tree) if isinstance(n, ast.alias)}
    taken |= set(re.findall(r"['\"](\w+)['\"]", text))
    for name in stored - elsewhere - taken:
        text = re.sub(rf"(?<![\w.'\"]){name}(?!\w)", f"renamed_{name}_x", text)
    return text, lambda line: line


def with_blank_lines(text: str) -> Changed:
    """A comment above every top-level statement."""
    starts = {
        min([s.lineno, *(d.lineno for d in getattr(s, "decorator_list", []))]) for s in ast.parse(text).body
    }
    result: list[str] = []
    origin: list[int] = []
    for number, line in enumerate(text.split("\n"), 1):
        if number in starts and number > 1:
            result.append("# größer")
            origin.append(number)
        result.append(line)
        origin.append(number)
    return "\n".join(result), lambda line: origin[line - 1]


def with_wider_indentation(text: str) -> Changed:
    """Eight columns where there were four; inside a text it would change the text."""
    inside = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant | ast.JoinedStr) and node.end_lineno is not None
        for line in range(node.lineno + 1, node.end_lineno + 1)
    }
    lines = [
        line if number in inside else " " * (len(line) - len(line.lstrip(" "))) + line
        for number, line in enumerate(text.split("\n"), 1)
    ]
    return "\n".join(lines), lambda line: line


def with_modules_for_functions(text: str) -> Changed:
    """``nn.Softmax(dim=1)(x)`` for ``F.softmax(x, dim=1)``, and so on."""
    text = re.sub(r"F\.softmax\((\w+), (?:dim=)?(-?\d)\)", r"nn.Softmax(dim=\2)(\1)", text)
    text = re.sub(r"F\.log_softmax\((\w+), (?:dim=)?(-?\d)\)", r"nn.LogSoftmax(dim=\2)(\1)", text)
    text = re.sub(r"torch\.sigmoid\((\w+)\)", r"nn.Sigmoid()(\1)", text)
    return re.sub(
        r"F\.cross_entropy\((\w+), (\w+)\)", r"nn.CrossEntropyLoss()(\1, \2)", text
    ), lambda line: line


def with_methods_for_functions(text: str) -> Changed:
    """``x.softmax(1)`` for ``F.softmax(x, 1)``, and so on."""
    text = re.sub(r"(?:F|torch)\.(softmax|log_softmax)\((\w+), (dim=)?(-?\d)\)", r"\2.\1(\3\4)", text)
    return re.sub(r"torch\.(sigmoid|tanh)\((\w+)\)", r"\2.\1()", text), lambda line: line


def _parameters(node: ast.arguments) -> list[ast.arg]:
    more = [a for a in (node.vararg, node.kwarg) if a is not None]
    return [*node.posonlyargs, *node.args, *node.kwonlyargs, *more]


CHANGES: dict[str, Callable[[str], Changed]] = {
    "pass and unused assignments": with_passes,
    "other names": with_renamed_variables,
    "comments": with_blank_lines,
    "wider indentation": with_wider_indentation,
    "modules for functions": with_modules_for_functions,
    "methods for functions": with_methods_for_functions,
}
FEWEST = {"modules for functions": 10, "methods for functions": 10, "other names": 20}


def _name(file: Path) -> str:
    return f"{file.parent.name[:5]}-{file.stem}"


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("file", PROGRAMS, ids=_name)
def test_findings_stay(file: Path, change: str) -> None:
    text = file.read_text("utf-8")
    changed, back = CHANGES[change](text)
    if changed == text:
        pytest.skip("nothing to change")
    ast.parse(changed)
    assert findings(changed, back) == findings_before(file)


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_is_made_to_many_programs(change: str) -> None:
    texts = [file.read_text("utf-8") for file in PROGRAMS]
    made = sum(CHANGES[change](text)[0] != text for text in texts)
    assert made >= FEWEST.get(change, 30)


# Splitting a file in two


def _halves(text: str) -> tuple[str, str, int] | None:
    """The classes of a program and its imports; the rest; and how many lines were put before the rest."""
    body = ast.parse(text).body
    lines = text.split("\n")
    head = [s for s in body if isinstance(s, ast.Import | ast.ImportFrom)]
    classes = [s for s in body if isinstance(s, ast.ClassDef)]
    others = [s for s in body if not isinstance(s, ast.Import | ast.ImportFrom | ast.ClassDef)]
    bound = {
        n.id for s in others for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    bound |= {s.name for s in others if isinstance(s, ast.FunctionDef | ast.AsyncFunctionDef)}
    used = {n.id for c in classes for n in ast.walk(c) if isinstance(n, ast.Name)}
    if not classes or not others or used & bound:
        return None
    moved = {number for c in classes for number in range(_first(c), (c.end_lineno or 0) + 1)}
    imports = "\n".join("\n".join(lines[s.lineno - 1 : s.end_lineno]) for s in head)
    nets = imports + "\n" + "\n".join(line if n in moved else "" for n, line in enumerate(lines, 1))
    names = ", ".join(c.name for c in classes)
    rest = [("" if n in moved else line) for n, line in enumerate(lines, 1)]
    start = (head[-1].end_lineno or 0) if head else 0
    rest[start:start] = [f"from nets_of_it import {names}"]
    return nets, "\n".join(rest), imports.count("\n") + 1


def _first(node: ast.ClassDef) -> int:
    return min([node.lineno, *(d.lineno for d in node.decorator_list)])


SPLIT = [file for file in PROGRAMS if _halves(file.read_text("utf-8")) is not None]


def test_there_are_programs_to_split() -> None:
    assert len(SPLIT) >= 8


@pytest.mark.parametrize("file", SPLIT, ids=_name)
def test_findings_stay_when_the_classes_move_into_a_file_of_their_own(file: Path, tmp_path: Path) -> None:
    text = file.read_text("utf-8")
    parts = _halves(text)
    assert parts is not None
    nets, rest, before = parts
    (tmp_path / "nets_of_it.py").write_text(nets, "utf-8")
    (tmp_path / "rest.py").write_text(rest, "utf-8")
    ast.parse(nets)
    ast.parse(rest)
    inserted = rest.split("\n").index(next(line for line in rest.split("\n") if "nets_of_it" in line)) + 1
    found = []
    for each in check_paths([tmp_path]):
        line = each.span.line
        if each.span.path.endswith("rest.py"):
            line -= line > inserted
        else:
            line -= before
        found.append((line, each.code))
    assert sorted(found) == findings_before(file)
