"""What a module defines, imports and mentions, and where it stands, from ``ast`` alone.

The index is cheap and covers the whole file. It says which definitions there are, and which of them can
matter to a loss, so that ``lower`` is asked for no others.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from lossguard.analysis.imported import import_items
from lossguard.analysis.ir import Import
from lossguard.analysis.places import Anchors, Range
from lossguard.analysis.source import SourceFile
from lossguard.analysis.syntax import (
    Columns,
    Definition,
    Nodes,
    anchors_of,
    fragment_of,
    header_of,
    parse,
    parsed,
    walk,
)

_DEEPER_THAN_ANY_CLASS = 200


def words(text: str) -> frozenset[str] | None:
    """Every word of a text, all identifiers among them; None where these may be spelled in another way."""
    return frozenset(re.findall(r"\w+", text)) if text.isascii() and "\\" not in text else None


class Piece(NamedTuple):
    """A part of a module: the words of its text, and its syntax trees."""

    words: frozenset[str] | None
    nodes: Callable[[], Sequence[ast.AST]]

    def may_mention(self, names: AbstractSet[str]) -> bool:
        """Whether one of the names may be among the identifiers; where it is no, that is certain."""
        return self.words is None or not self.words.isdisjoint(names)


@dataclass(frozen=True, eq=False)
class Unit:
    """A piece of a module that is lowered on its own: a function, a class or another statement.

    at: where its first statement stands.
    lines: the first and the last line, decorators included.
    members: for a class, its body in order.
    is_setter: the function replaces a property's setter or deleter, not the property.
    header_end: the last line of a class header whose body starts on a line of its own, or of the decorators
        of a function.
    """

    name: str
    kind: str
    at: Range
    lines: tuple[int, int]
    members: tuple[Unit, ...]
    decorated: bool
    is_setter: bool
    header_end: int
    nodes: Nodes = field(repr=False)
    _text: list[str] = field(repr=False)

    def forget(self) -> None:
        """Let go of the syntax trees, and of what is as quickly found again."""
        self.nodes.forget()
        self.__dict__.pop("_piece", None)

    @property
    def statements(self) -> tuple[ast.stmt, ...]:
        """The syntax trees of the unit; there are several where statements share a line."""
        return self.nodes.of(self._text, self.at, self.lines)

    @property
    def header(self) -> ast.stmt:
        """The tree of a class of whose body nothing is asked, or that of a function likewise."""
        return self.nodes.kept[0] if self.nodes.kept else parsed(self._header_lines(), self.lines[0])[0]

    @property
    def columns(self) -> Columns:
        """What turns the columns of the trees into code points."""
        return Columns(self._text)

    @cached_property
    def identifiers(self) -> AbstractSet[str]:
        """Every name and attribute that the unit mentions."""
        if self.kind != "class":
            return frozenset[str]().union(*map(_identifiers, self.statements))
        own = [_identifiers(node) for node in header_of(self.statements[0])]
        return frozenset[str]().union(*own, *(member.identifiers for member in self.members))

    def mentions(self, names: AbstractSet[str]) -> bool:
        """Whether one of the names is among the identifiers; most units tell by the words of their text."""
        if self.kind == "class":
            return self._header_mentions(names) or any(member.mentions(names) for member in self.members)
        if "identifiers" not in self.__dict__ and not self._piece.may_mention(names):
            return False
        return not self.identifiers.isdisjoint(names)

    def _header_mentions(self, names: AbstractSet[str]) -> bool:
        return self._piece.may_mention(names) and any(
            not _identifiers(node).isdisjoint(names) for node in self._piece.nodes()
        )

    @cached_property
    def _piece(self) -> Piece:
        """The unit but for the members of a class."""
        if self.kind == "class":
            return Piece(words("\n".join(self._header_lines())), lambda: tuple(header_of(self.header)))
        return Piece(words(self.text()), lambda: self.statements)

    def pieces(self) -> Iterator[Piece]:
        """The unit in parts: a class is its header and what its body holds."""
        yield self._piece
        for member in self.members:
            yield from member.pieces()

    @cached_property
    def mentioned_at_import(self) -> AbstractSet[str]:
        """The identifiers of what runs when the module is imported: no body of a function."""
        match self.kind:
            case "statement":
                return self.identifiers
            case "function" if not self.decorated:
                return frozenset()
        own = [_identifiers(node) for node in header_of(self.header)]
        return frozenset[str]().union(*own, *(member.mentioned_at_import for member in self.members))

    @cached_property
    def binds(self) -> AbstractSet[str]:
        """The variables that the unit assigns, if it is one plain assignment."""
        return frozenset() if self.kind != "statement" else _plainly_bound(self.statements)

    @cached_property
    def uses(self) -> AbstractSet[str]:
        """The names that the unit calls, hands to a call or derives a class from."""
        return frozenset[str]().union(*map(_uses, self.statements))

    @cached_property
    def assigned_attributes(self) -> AbstractSet[str]:
        """The attributes that the unit assigns to whatever object."""
        nodes = (node for root in self.statements for node in walk(root))
        return {n.attr for n in nodes if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)}

    @property
    def parameters(self) -> list[str]:
        """The parameters of a function."""
        (node,) = self.statements
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        given = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
        return [each.arg for each in given]

    def called_on(self, variable: str) -> set[str]:
        """The methods that the unit calls on a variable; the empty name where it calls the variable."""
        calls = (node.func for root in self.statements for node in walk(root) if isinstance(node, ast.Call))
        return {
            node.attr if isinstance(node, ast.Attribute) else ""
            for node in calls
            if isinstance(of := node.value if isinstance(node, ast.Attribute) else node, ast.Name)
            if of.id == variable
        }

    def text(self) -> str:
        """The lines of the unit, without what stands before it on its line."""
        first, last = self.lines
        lines = self._text[first - 1 : last]
        if self.at.line == first and (before := lines[0][: self.at.column - 1]).strip():
            lines[0] = lines[0].removeprefix(before)
        return "\n".join(lines) + "\n"

    def anchors(self) -> list[Anchors]:
        """The anchors of the unit's statements in source order."""
        columns = self.columns
        statements = (each for node in self.statements for each in _statements(node))
        return [anchors_of(each, columns) for each in statements]

    def _header_lines(self) -> list[str]:
        """The lines of a class without its body, or the decorators of a function above an empty one."""
        lines = fragment_of(self._text, self.at, (self.lines[0], self.header_end))
        if self.kind == "function":
            indentation = self._text[self.at.line - 1][: self.at.column - 1]
            lines.append(f"{indentation}def decorated(): pass")
        elif self.header_end < self.lines[1]:
            lines.append(f"{' ' * _DEEPER_THAN_ANY_CLASS}pass")
        return lines


@dataclass(frozen=True)
class ModuleIndex:
    """One module: ``units`` in source order; definitions and imports by the name that they bind.

    Of several definitions the last at the top level counts: others are overloads, or replaced. Definitions
    and imports under a top-level ``if`` or ``try`` count too; of those the first one wins, as the one that a
    project usually runs with.

    rivalled: the names that something else binds as well as an import, be it another import.
    constants: the statements of names that are given a number, a text or the like, and nothing else.
    """

    source: SourceFile
    lines: list[str] = field(repr=False)
    units: tuple[Unit, ...]
    definitions: dict[str, Unit]
    imports: dict[str, Import]
    stars: tuple[Import, ...]
    assigned: frozenset[str]
    rivalled: frozenset[str]
    constants: dict[str, Unit]

    def forget(self) -> None:
        """Let go of every syntax tree; what is needed of them again is parsed again."""
        units = [*self.units, *self.definitions.values()]
        while units:
            unit = units.pop()
            unit.forget()
            units.extend(unit.members)

    def reaching(self, seeds: AbstractSet[str], makers: AbstractSet[str] = frozenset()) -> frozenset[str]:
        """The identifiers through which one of ``seeds`` may travel within this module.

        ``makers`` are those among them that lead to a loss when they are called.

        A loss travels by being assigned, or by being made in a function or a class that is called; what
        calling it gives is a number, and no loss.
        """
        carriers = set(seeds)
        for name, target in self.imports.items():
            if (target.attribute or target.module.rpartition(".")[2]) in carriers:
                carriers.add(name)
        constructors = makers | {name for name in carriers if name[:1].isupper()}
        waiting = [piece for unit in self.units for piece in unit.pieces()]
        assignments: list[tuple[set[str], set[str], set[str]]] = []
        definitions = [u for u in self.units if u.kind != "statement"]
        leading: set[str] = set()
        size = -1
        while size != len(carriers) + len(leading):
            size = len(carriers) + len(leading)
            known = carriers | leading
            assignments += _assignments(piece for piece in waiting if piece.may_mention(known))
            waiting = [piece for piece in waiting if not piece.may_mention(known)]
            called_makers = constructors | leading
            for targets, plain, called in assignments:
                if not (plain.isdisjoint(carriers | leading) and called.isdisjoint(called_makers)):
                    carriers |= targets
            for unit in definitions:
                if unit.name not in leading and (
                    unit.mentions(carriers) or (unit.mentions(leading) and not unit.uses.isdisjoint(leading))
                ):
                    leading.add(unit.name)
        return frozenset(carriers | leading)


def build(source: SourceFile) -> ModuleIndex:
    """Index ``source``.

    Raises ``SourceError`` where the text is not Python.
    """
    tree = parse(source)
    text = source.text.split("\n")
    nested = [n for statement in tree.body for n in _module_level(statement)]
    definitions: dict[str, Unit] = {}
    imports: dict[str, Import] = {}
    stars: list[Import] = []
    assigned: Counter[str] = Counter()
    rivalled: set[str] = set()
    columns = Columns(text)
    units = tuple(_units(tree.body, text))
    by_place = {unit.at: unit for unit in units}
    for node, runs in nested:
        if isinstance(node, Definition):
            unit = by_place.get(columns.range(node))
            if unit is not None:
                definitions[node.name] = unit
            elif runs:
                definitions.setdefault(node.name, _unit([node], text))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for item in import_items(node, columns.range(node)):
                if item.attribute == "*":
                    stars.extend([item] if runs else [])
                elif imports.setdefault(item.name, item) is not item:
                    rivalled.add(item.name)
        else:
            assigned.update(_bound_names(node))
    rivalled |= imports.keys() & (assigned | definitions.keys())
    constants = {
        name: unit
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        if (unit := by_place.get(columns.range(node))) is not None
        for name in _plainly_bound([node])
        if assigned[name] == 1 and name not in rivalled
    }
    return ModuleIndex(
        source,
        text,
        units,
        definitions,
        imports,
        tuple(stars),
        frozenset(assigned),
        frozenset(rivalled),
        constants,
    )


def _units(body: Sequence[ast.stmt], text: list[str]) -> Iterator[Unit]:
    """One unit a statement; statements that share a line, as in ``a = 1; b = 2``, make one unit."""
    group: list[ast.stmt] = []
    for node in body:
        if group and _first_line(node) > (group[-1].end_lineno or group[-1].lineno):
            yield _unit(group, text)
            group = []
        group.append(node)
    if group:
        yield _unit(group, text)


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _unit(nodes: list[ast.stmt], text: list[str]) -> Unit:
    node = nodes[0]
    kind, name = "statement", ""
    members: tuple[Unit, ...] = ()
    if isinstance(node, ast.ClassDef):
        kind, name, members = "class", node.name, tuple(_units(node.body, text))
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        kind, name = "function", node.name
    lines = _first_line(node), nodes[-1].end_lineno or nodes[-1].lineno
    decorators = getattr(node, "decorator_list", [])
    is_setter = any(isinstance(d, ast.Attribute) and d.attr in ("setter", "deleter") for d in decorators)
    at = Columns(text).range(node)
    end = _header_end(node, lines[1]) if isinstance(node, ast.ClassDef) else at.line - 1
    return Unit(name, kind, at, lines, members, bool(decorators), is_setter, end, Nodes(tuple(nodes)), text)


def _header_end(node: ast.ClassDef, last: int) -> int:
    start = _first_line(node.body[0])
    return start - 1 if start > node.lineno else last


def _module_level(node: ast.stmt, runs: bool = True) -> Iterator[tuple[ast.stmt, bool]]:
    """The statement and those under it in its scope, and whether they run: some are for type checkers."""
    yield node, runs
    if not isinstance(node, Definition):
        runs = runs and not (isinstance(node, ast.If) and "TYPE_CHECKING" in _names_of(node.test))
        for child in _nested_statements(node):
            yield from _module_level(child, runs)


def _nested_statements(node: ast.stmt) -> Iterator[ast.stmt]:
    for name in ("body", "handlers", "orelse", "finalbody", "cases"):
        for child in getattr(node, name, ()):
            if isinstance(child, ast.stmt):
                yield child
            else:
                yield from child.body


def _statements(node: ast.stmt) -> Iterator[ast.stmt]:
    yield node
    for child in _nested_statements(node):
        yield from _statements(child)


def _identifiers(node: ast.AST) -> set[str]:
    return {name for child in walk(node) if (name := _mentioned(child))}


def _mentioned(node: ast.AST) -> str | None:
    """The identifier that a node mentions by itself."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.alias):
        return node.asname or node.name
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
        return node.value
    return None


def _plain_and_called(root: ast.AST) -> tuple[set[str], set[str]]:
    """The identifiers that an expression mentions, those that it calls apart."""
    found: set[str] = set()
    called: set[str] = set()
    for node in walk(root):
        if name := _mentioned(node):
            found.add(name)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            called.add(node.func.id if isinstance(node.func, ast.Name) else node.func.attr)
    return found - called, called


def _uses(root: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in walk(root):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in ("isinstance", "issubclass"):
                continue
            for part in (node.func, *node.args, *(keyword.value for keyword in node.keywords)):
                found |= _names_of(part)
        elif isinstance(node, ast.ClassDef):
            found.update(name for base in node.bases for name in _names_of(base))
    return found


def _plainly_bound(statements: Sequence[ast.stmt]) -> frozenset[str]:
    """The variables of a single assignment; nothing for any other statement, or for several."""
    if len(statements) != 1:
        return frozenset()
    match statements[0]:
        case ast.Assign(targets=targets) if all(isinstance(target, ast.Name) for target in targets):
            return frozenset(target.id for target in targets if isinstance(target, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
            return frozenset({name})
    return frozenset()


def _bound_names(node: ast.stmt) -> set[str]:
    found: set[str] = set()
    for child in header_of(node):
        for name in walk(child):
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                found.add(name.id)
    return found


def _assignments(pieces: Iterable[Piece]) -> Iterator[tuple[set[str], set[str], set[str]]]:
    """What is assigned, with the identifiers in what it is assigned, those that are called apart."""
    for piece in pieces:
        for node in piece.nodes():
            for targets, value in _all_assignments(node):
                yield targets, *_plain_and_called(value)


def _all_assignments(root: ast.AST) -> Iterator[tuple[set[str], ast.AST]]:
    """What each assignment and each default binds, and the expression that it binds it to."""
    for node in walk(root):
        if isinstance(node, ast.Assign):
            yield set().union(*map(_names_of, node.targets)), node.value
        elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and node.value is not None:
            yield _names_of(node.target), node.value
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            yield _names_of(node.target), node.iter
        elif isinstance(node, ast.keyword) and node.arg:
            yield {node.arg}, node.value
        elif isinstance(node, ast.arguments):
            positional = [*node.posonlyargs, *node.args]
            pairs = [
                *zip(reversed(positional), reversed(node.defaults), strict=False),
                *zip(node.kwonlyargs, node.kw_defaults, strict=True),
            ]
            for argument, default in pairs:
                if default is not None:
                    yield {argument.arg}, default


def _names_of(target: ast.expr) -> set[str]:
    """The variable or attribute that an expression is; several for a tuple or a list."""
    if isinstance(target, ast.Name):
        return {target.id}
    if isinstance(target, ast.Attribute):
        return {target.attr}
    if isinstance(target, ast.Subscript | ast.Starred):
        return _names_of(target.value)
    if isinstance(target, ast.Tuple | ast.List):
        return set().union(*map(_names_of, target.elts))
    return set()
