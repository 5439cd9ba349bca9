"""A checked program as text to be edited, with the syntax tree of whatever piece of it is looked at.

Only the definitions in which a fix is looked for are parsed. Places are offsets into the text, brackets
around an expression left out, as ``ast`` has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from functools import cache, cached_property
from itertools import accumulate

import libcst as cst

from lossguard.analysis.index import ModuleIndex, Unit, build
from lossguard.analysis.places import Range
from lossguard.analysis.source import SourceFile
from lossguard.analysis.syntax import readable
from lossguard.diagnostics import Edit, Span
from lossguard.fixes.anchoring import anchor, parsed

_BLANK = re.compile("whitespace|lines|comma|semicolon|par$|bracket|^header$|^footer$|^newline$|^equal$")


class Unfixable(Exception):  # noqa: N818 - that there is no fix is no error
    """The text does not look as a fix would need it."""


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """A part of a text, from one offset to before another."""

    start: int
    end: int

    def holds(self, other: Stretch) -> bool:
        """Whether the other part lies within this one."""
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True)
class Tree:
    """The syntax tree of one unit.

    places: where nodes stand, by ``id``; parents: likewise what each node is directly part of.
    """

    unit: Unit
    statements: Sequence[cst.CSTNode]
    places: dict[int, Stretch] = field(repr=False)
    parents: dict[int, cst.CSTNode] = field(repr=False)

    def nodes(self) -> Iterator[cst.CSTNode]:
        """Every node, in the order of the text."""
        for statement in self.statements:
            yield from within(statement)

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """What a node is directly part of."""
        return self.parents.get(id(node))

    def function(self, node: cst.CSTNode) -> cst.FunctionDef | None:
        """The innermost function around a node."""
        above = self.parent(node)
        while above is not None and not isinstance(above, cst.FunctionDef):
            above = self.parent(above)
        return above


class Code:
    """One program."""

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.text = source.text
        self._trees: dict[int, Tree] = {}

    @cached_property
    def index(self) -> ModuleIndex:
        """What the module defines and imports."""
        return build(readable(self.source) or self.source)

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *accumulate(len(line) + 1 for line in self.text.split("\n"))]

    # Places

    def stretch(self, span: Span) -> Stretch:
        """Where a span of a diagnostic stands."""
        before = next((cell.first_line - 1 for cell in self.source.cells if cell.number == span.cell), 0)
        return self.at(Range(span.line + before, span.column, span.end_line + before, span.end_column))

    def at(self, at: Range) -> Stretch:
        """Where a range of lines and columns stands."""
        return Stretch(
            self._starts[at.line - 1] + at.column - 1, self._starts[at.end_line - 1] + at.end_column - 1
        )

    def line(self, offset: int) -> int:
        """The number of the line that an offset stands on, from 1."""
        return self.text.count("\n", 0, offset) + 1

    def surroundings(self, offset: int) -> Stretch:
        """The cell that an offset stands in; the whole text of a module."""
        cell = self.source.span(self.line(offset), 1, self.line(offset), 1).cell
        if cell is None:
            return Stretch(0, len(self.text))
        first = next(each.first_line for each in self.source.cells if each.number == cell)
        start = self._starts[first - 1]
        return Stretch(start, start + len("\n".join(self.source.lines(cell))))

    def edit(self, at: Stretch, content: str) -> Edit:
        """Put other text in the place of a part."""
        places = []
        for offset in (at.start, at.end):
            line = self.line(offset)
            places += [line, offset - self._starts[line - 1] + 1]
        return Edit(self.source.span(*places), content)

    def removed(self, at: Stretch) -> Edit:
        """Take a part away; raises Unfixable where somebody has commented on it."""
        if "#" in self.text[at.start : at.end]:
            raise Unfixable
        return self.edit(at, "")

    # Syntax

    def tree(self, at: Stretch) -> Tree:
        """The tree of the unit around a part of the text; raises Unfixable where there is none."""
        unit = _unit_at(self.index.units, self.line(at.start), self.line(at.end))
        if unit is None:
            raise Unfixable
        return self.tree_of(unit)

    def tree_of(self, unit: Unit) -> Tree:
        """The tree of a unit that is no class."""
        if id(unit) not in self._trees:
            self._trees[id(unit)] = self._parsed(unit)
        return self._trees[id(unit)]

    def _parsed(self, unit: Unit) -> Tree:
        statements = parsed(unit.text())
        ranges: dict[int, Range] = {}
        parents: dict[int, cst.CSTNode] = {}
        anchors = iter(unit.anchors())
        for statement in statements:
            for node in within(statement):
                parents.update((id(part), node) for part in _parts(node))
                if isinstance(node, cst.BaseSmallStatement | cst.BaseCompoundStatement):
                    anchor(node, next(anchors), ranges)
        return Tree(unit, statements, {key: self.at(at) for key, at in ranges.items()}, parents)

    def call(self, span: Span) -> tuple[Tree, cst.Call]:
        """The call at a place; raises Unfixable where there is not exactly one."""
        at = self.stretch(span)
        tree = self.tree(at)
        calls = (node for node in tree.nodes() if isinstance(node, cst.Call))
        found = [node for node in calls if tree.places.get(id(node)) == at]
        if len(found) != 1:
            raise Unfixable
        return tree, found[0]

    def whole(self, tree: Tree, node: cst.BaseExpression) -> Stretch:
        """Where an expression stands, its own brackets included."""
        at = tree.places.get(id(node))
        if at is None:
            raise Unfixable
        start, end = at.start, at.end
        for _ in node.lpar:
            start = len(self.text[:start].rstrip()) - 1
            end += len(self.text[end:]) - len(self.text[end:].lstrip()) + 1
        if node.lpar and (self.text[start] != "(" or self.text[end - 1] != ")"):
            raise Unfixable
        return Stretch(start, end)

    def mentions(self, name: str, scope: Stretch | None = None) -> list[Stretch]:
        """Wherever a variable may be mentioned, comments left out; not as an attribute or a keyword."""
        scope = scope or Stretch(0, len(self.text))
        pattern = re.compile(rf"(?<![\w.]){re.escape(name)}(?!\w)(?!\s*=[^=])")
        found = pattern.finditer(self.text, scope.start, scope.end)
        return [Stretch(*match.span()) for match in found if not self._in_comment(match.start())]

    def _in_comment(self, offset: int) -> bool:
        before = self.text[self.text.rfind("\n", 0, offset) + 1 : offset]
        return "#" in before and not any(quote in before for quote in "'\"")


def within(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A node and everything below it but blanks and punctuation; statements in the order of the text."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(list(_parts(current))))


def _parts(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """What a node is made of; the nodes' own ``children`` take ten times as long."""
    for name in _fields(type(node)):
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            yield value
        elif isinstance(value, list | tuple):
            yield from (each for each in value if isinstance(each, cst.CSTNode))


@cache
def _fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind) if not _BLANK.search(each.name))


def _unit_at(units: Sequence[Unit], first: int, last: int) -> Unit | None:
    for unit in units:
        if unit.lines[0] <= first and last <= unit.lines[1]:
            return _unit_at(unit.members, first, last) if unit.kind == "class" else unit
    return None
