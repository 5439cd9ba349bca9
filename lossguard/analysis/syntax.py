"""Syntax trees of ``ast``: parsing a text or some lines of it, walking, and places in code points."""

from __future__ import annotations

import ast
import symtable
import sys
import warnings
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from typing import TypeAlias

from lossguard.analysis.places import Anchors, Range
from lossguard.analysis.source import SourceError, SourceFile

_TOO_DEEP = "cannot be parsed: nested too deeply"
_LEAVES = frozenset({"arg", "attr", "ctx", "id", "kind", "level", "module", "op", "ops", "type_comment"})
Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_ANCHORED = (
    ast.Call,
    ast.Attribute,
    ast.Name,
    ast.Constant,
    ast.JoinedStr,
    ast.Subscript,
    ast.BinOp,
    ast.UnaryOp,
    ast.Compare,
    ast.IfExp,
    ast.Lambda,
    ast.List,
    ast.Set,
    ast.Dict,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.Await,
    ast.Yield,
    ast.YieldFrom,
    ast.NamedExpr,
)


def parse(source: SourceFile) -> ast.Module:
    """Parse a whole text.

    Raises ``SourceError`` where it is not Python; of a notebook for the first cell that is not.
    """
    try:
        return _tree_of(source)
    except SourceError as error:
        broken = [each for _, each in _broken_cells(source)]
        if not broken:
            raise
        others = f"; nor can {len(broken) - 1} of the cells below" if len(broken) > 1 else ""
        raise SourceError(broken[0].message + others, broken[0].line, broken[0].column) from error


def readable(source: SourceFile) -> SourceFile | None:
    """A notebook without those cells that are not Python; None where it has none, or is no notebook."""
    if not source.cells:
        return None
    lines = source.text.split("\n")
    broken = [stretch for stretch, _ in _broken_cells(source)]
    for first, last in broken:
        lines[first:last] = [""] * (last - first)
    return source._replace(utf8=_encoded(lines)) if broken else None


def _broken_cells(source: SourceFile) -> Iterator[tuple[tuple[int, int], SourceError]]:
    """The cells of a notebook that are not Python: between which lines they stand, and what is wrong."""
    lines = source.text.split("\n")
    starts = [cell.first_line - 1 for cell in source.cells]
    for first, last in pairwise([*starts, len(lines)]):
        try:
            _tree_of(source._replace(utf8=_encoded([""] * first + lines[first:last])))
        except SourceError as error:
            yield (first, last), error


def _encoded(lines: list[str]) -> bytes:
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def _tree_of(source: SourceFile) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if sys.version_info < (3, 11):  # whose ``ast`` dies of what is nested too deeply
                with suppress(SyntaxError, ValueError):
                    _find_symbols(source)
            return ast.parse(source.text)
    except SyntaxError as error:
        raise SourceError(f"cannot be parsed: {error.msg}", error.lineno or 1, error.offset or 1) from None
    except ValueError as error:
        raise SourceError(f"cannot be parsed: {error}", 1, 1) from None
    except (RecursionError, MemoryError):
        raise SourceError(_TOO_DEEP, 1, 1) from None


def check(source: SourceFile) -> None:
    """Find out whether a text can be parsed, without making a tree of it where it can.

    Raises ``SourceError`` where it is not Python.
    """
    try:
        _find_symbols(source)
    except (SyntaxError, ValueError):
        parse(source)  # which tells what is wrong; a scope that is no valid one is not looked at here
    except (RecursionError, MemoryError):
        raise SourceError(_TOO_DEEP, 1, 1) from None


def _find_symbols(source: SourceFile) -> None:
    """Parse a text in C alone; raises what ``symtable`` does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        symtable.symtable(source.text, source.path, "exec")


class Columns:
    """Turns the byte columns of ``ast`` into code points."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def _column(self, line: int, offset: int) -> int:
        text = self._lines[line - 1]
        if text.isascii():
            return offset + 1
        return len(text.encode()[:offset].decode(errors="ignore")) + 1

    def range(self, node: ast.stmt | ast.expr) -> Range:
        """Where a node stands."""
        line, end_line = node.lineno, node.end_lineno or node.lineno
        start = self._column(line, node.col_offset)
        return Range(line, start, end_line, self._column(end_line, node.end_col_offset or node.col_offset))


class Nodes:
    """The statements of a unit as ``ast`` gives them; parsed again once they have been forgotten."""

    def __init__(self, nodes: tuple[ast.stmt, ...]) -> None:
        self.kept = nodes

    def forget(self) -> None:
        """Let go of the trees, which take some fifty times the room of their text."""
        self.kept = ()

    def of(self, text: list[str], at: Range, lines: tuple[int, int]) -> tuple[ast.stmt, ...]:
        """The statements that stand on these lines, the first of them at ``at``."""
        return self.kept or parsed(fragment_of(text, at, lines), lines[0])


def fragment_of(text: list[str], at: Range, lines: tuple[int, int]) -> list[str]:
    """The lines of a statement; what stands before it on its first line is blanked out, byte for byte."""
    first, last = lines
    fragment = text[first - 1 : last]
    if at.line == first and (before := fragment[0][: at.column - 1]).strip():
        fragment[0] = " " * len(before.encode()) + fragment[0].removeprefix(before)
    return fragment


def parsed(fragment: list[str], first: int) -> tuple[ast.stmt, ...]:
    """The statements on these lines, at the places that they have in a text whose line ``first`` begins them.

    Indented ones are parsed under an ``if`` on the line above, or in the blanks where there is none.
    """
    indented = is_indented(fragment[0])
    if indented and first == 1:
        fragment = ["if 1:" + fragment[0][len("if 1:") :], *fragment[1:]]
    elif indented:
        fragment, first = ["if 1:", *fragment], first - 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        body = ast.parse("\n" * (first - 1) + "\n".join(fragment)).body
    return tuple(body[0].body if indented and isinstance(body[0], ast.If) else body)


def is_indented(line: str) -> bool:
    """Whether a line begins with blanks that count: those after its last form feed."""
    blanks = line[: len(line) - len(line.lstrip(" \t\f"))]
    return blanks.rpartition("\f")[2] != ""


def walk(root: ast.AST) -> Iterator[ast.AST]:
    """Every node below ``root`` and itself, in no particular order; operators and contexts are left out."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        for name in _HOLDING[type(node)]:
            value = getattr(node, name, None)
            if isinstance(value, list):
                waiting.extend([child for child in value if isinstance(child, ast.AST)])
            elif isinstance(value, ast.AST):
                waiting.append(value)


class _Holding(dict[type[ast.AST], tuple[str, ...]]):
    """The fields of each kind of node that may hold others."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        fields = () if kind is ast.Constant else kind._fields
        self[kind] = tuple(name for name in fields if name not in _LEAVES)
        return self[kind]


_HOLDING = _Holding()


def anchors_of(statement: ast.stmt, columns: Columns) -> Anchors:
    """Where a statement and the expressions of its own stand."""
    found: list[ast.expr] = []
    stack: list[ast.AST] = list(header_of(statement))
    while stack:
        node = stack.pop()
        if isinstance(node, _ANCHORED) or (isinstance(node, ast.Tuple) and not node.elts):
            found.append(node)
        if not isinstance(node, ast.JoinedStr):
            stack.extend(_own(node))
    found.sort(key=lambda n: (n.lineno, n.col_offset, -(n.end_lineno or n.lineno), -(n.end_col_offset or 0)))
    return Anchors(columns.range(statement), tuple(columns.range(node) for node in found))


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """What stands in a node and belongs to the same statement; of a pattern only plain values."""
    for name in node._fields:
        value = getattr(node, name, None)
        for child in value if isinstance(value, list) else (value,):
            if isinstance(child, ast.pattern):
                yield from plain_values(child)
            elif isinstance(child, ast.AST) and not isinstance(child, ast.stmt):
                yield child


def plain_values(pattern: ast.pattern) -> list[ast.expr]:
    """The values of a pattern that is a value, or a choice of values; nothing for any other pattern."""
    inner = pattern.pattern if isinstance(pattern, ast.MatchAs) else pattern
    choices = inner.patterns if isinstance(inner, ast.MatchOr) else [inner]
    values = [choice.value for choice in choices if isinstance(choice, ast.MatchValue)]
    return values if len(values) == len(choices) else []


def header_of(statement: ast.stmt) -> Iterator[ast.AST]:
    """What belongs to the statement itself, nested statements and type parameters left out."""
    for name, value in ast.iter_fields(statement):
        if name == "type_params" or type(statement).__name__ == "TypeAlias":
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, ast.stmt):
                yield child
