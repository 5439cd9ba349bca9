"""Lowers one definition, parsed by libcst, into the intermediate representation.

Only the text of the definition is parsed, whole files never are: a parse costs about 2 s a megabyte.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import libcst as cst

from lossguard.analysis import ir
from lossguard.analysis.anchoring import anchor, pattern_values
from lossguard.analysis.index import Unit
from lossguard.analysis.lower_expressions import Expressions
from lossguard.analysis.places import Anchors, Range
from lossguard.analysis.source import SourceError


@dataclass(frozen=True)
class ClassHeader:
    """A class without its body."""

    at: Range
    name: str
    bases: tuple[ir.Expression, ...]
    decorators: tuple[ir.Expression, ...]


def lower_unit(unit: Unit) -> ir.Block:
    """Lower a function or another statement of a module or of a class body.

    Raises ``SourceError`` where libcst cannot parse what ``ast`` could.
    """
    if unit.imported is not None:
        return unit.imported
    statements = parsed(unit.text())
    return _Statements(unit.anchors()).block(statements)


def lower_class_header(unit: Unit) -> ClassHeader:
    """Lower a class up to its body.

    Raises ``SourceError`` where libcst cannot parse what ``ast`` could.
    """
    node, lowering = _header(unit)
    assert isinstance(node, cst.ClassDef)
    return lowering.class_header(node)


def lower_decorators(unit: Unit) -> tuple[ir.Expression, ...]:
    """Lower the decorators of a function and nothing else of it.

    Raises ``SourceError`` where libcst cannot parse what ``ast`` could.
    """
    node, lowering = _header(unit)
    assert isinstance(node, cst.FunctionDef)
    return lowering.decorators(node)


def _header(unit: Unit) -> tuple[cst.CSTNode, _Statements]:
    """The header of a definition, parsed alone, and what lowers it."""
    node, anchors = parsed(unit.header)[0], unit.header_anchors()
    lowering = _Statements([anchors])
    anchor(node, anchors, lowering.places)
    return node, lowering


def parsed(text: str) -> list[cst.BaseStatement | cst.BaseSmallStatement]:
    """Parse the lines of a definition, indented as they are.

    Raises ``SourceError`` where libcst cannot parse what ``ast`` could.
    """
    text = text.lstrip("\f")
    indented = text[:1] in (" ", "\t")
    try:
        module = cst.parse_module("if 1:\n" + text if indented else text)
    except cst.ParserSyntaxError as error:
        raise SourceError(f"cannot be parsed: {error.message}", 1, 1) from None
    except (RecursionError, MemoryError):
        raise SourceError("cannot be parsed: nested too deeply", 1, 1) from None
    body = list(module.body)
    if indented:
        outer = body[0]
        assert isinstance(outer, cst.If)
        return list(outer.body.body)
    return list(body)


class _Statements(Expressions):
    """Lowers statements; takes one set of anchors for each, in source order."""

    def __init__(self, anchors: Iterable[Anchors]) -> None:
        super().__init__()
        self._anchors = iter(anchors)

    def block(self, statements: Iterable[cst.CSTNode]) -> ir.Block:
        """Lower statements of one block."""
        result: list[ir.Statement] = []
        for statement in statements:
            if isinstance(statement, cst.SimpleStatementLine | cst.SimpleStatementSuite):
                for small in statement.body:
                    result.extend(self._statement(small))
            else:
                result.extend(self._statement(statement))
        return tuple(result)

    def suite(self, body: cst.BaseSuite) -> ir.Block:
        """Lower the body of a compound statement."""
        if isinstance(body, cst.IndentedBlock):
            return self.block(body.body)
        assert isinstance(body, cst.SimpleStatementSuite)
        return self.block([body])

    def _statement(self, node: cst.CSTNode) -> Iterable[ir.Statement]:
        anchors = next(self._anchors)
        anchor(node, anchors, self.places)
        at = anchors.at
        match node:
            case cst.Assign():
                targets = tuple(self.expression(t.target) for t in node.targets)
                yield ir.Assign(at, targets, self.expression(node.value))
            case cst.AnnAssign():
                if node.value is not None:
                    yield ir.Assign(at, (self.expression(node.target),), self.expression(node.value))
                elif isinstance(node.target, cst.Name):
                    yield ir.Declare(at, node.target.value)
            case cst.AugAssign():
                operator = self.operator(node.operator).removesuffix("=")
                yield ir.Augment(at, self.expression(node.target), operator, self.expression(node.value))
            case cst.Expr():
                yield ir.Evaluate(at, self.expression(node.value))
            case cst.Return():
                yield ir.Return(at, None if node.value is None else self.expression(node.value))
            case cst.Raise():
                yield ir.Raise(at)
            case cst.Assert():
                test = self.expression(node.test)
                yield ir.If(at, test, (), (ir.Raise(at),))
            case cst.Break() | cst.Continue():
                yield ir.Jump(at, isinstance(node, cst.Break))
            case cst.If() | cst.For() | cst.While() | cst.With() | cst.Try() | cst.TryStar() | cst.Match():
                yield from self._compound(node, at)
            case _:
                yield from self._naming(node, at)

    def _naming(self, node: cst.CSTNode, at: Range) -> Iterable[ir.Statement]:
        """Statements that define, import or delete names."""
        match node:
            case cst.Global() | cst.Nonlocal():
                names = tuple(item.name.value for item in node.names)
                yield ir.Outer(at, names, isinstance(node, cst.Global))
            case cst.Del():
                target = self.expression(node.target)
                items = target.items if isinstance(target, ir.Display) else (target,)
                yield ir.Delete(at, items)
            case cst.Import() | cst.ImportFrom():
                yield from self._import(node, at)
            case cst.FunctionDef():
                yield self._function(node, at)
            case cst.ClassDef():
                header = self.class_header(node)
                yield ir.Class(at, header.name, header.bases, header.decorators, self.suite(node.body))

    def _compound(self, node: cst.CSTNode, at: Range) -> Iterable[ir.Statement]:
        match node:
            case cst.If():
                yield ir.If(at, self.expression(node.test), self.suite(node.body), self._orelse(node.orelse))
            case cst.For():
                yield ir.For(
                    at,
                    self.expression(node.target),
                    self.expression(node.iter),
                    self.suite(node.body),
                    self._orelse(node.orelse),
                )
            case cst.While():
                body = self.suite(node.body)
                yield ir.While(at, self.expression(node.test), body, self._orelse(node.orelse))
            case cst.With():
                items = tuple(
                    (self.expression(i.item), self.expression(i.asname.name) if i.asname else None)
                    for i in node.items
                )
                yield ir.With(at, items, self.suite(node.body))
            case cst.Try() | cst.TryStar():
                yield ir.Try(
                    at,
                    self.suite(node.body),
                    tuple(self.suite(handler.body) for handler in node.handlers),
                    self._orelse(node.orelse),
                    self.suite(node.finalbody.body) if node.finalbody else (),
                )
            case cst.Match():
                subject = self.expression(node.subject)
                yield ir.Match(at, subject, tuple(self._case(case) for case in node.cases))

    def _orelse(self, node: cst.If | cst.Else | None) -> ir.Block:
        if node is None:
            return ()
        return self.suite(node.body) if isinstance(node, cst.Else) else tuple(self._statement(node))

    def _case(self, node: cst.MatchCase) -> ir.Case:
        pattern = node.pattern
        names: tuple[str, ...] = ()
        always = False
        if isinstance(pattern, cst.MatchAs):
            if pattern.name is not None:
                names = (pattern.name.value,)
            always = pattern.pattern is None and node.guard is None
            pattern = pattern.pattern or pattern
        values = pattern_values(pattern) if node.guard is None else []
        tests = tuple(self.expression(value) for value in values)
        return ir.Case(tests, always, names, self.suite(node.body))

    def _function(self, node: cst.FunctionDef, at: Range) -> ir.Function:
        decorators = self.decorators(node)
        parameters = self.parameters(node.params)
        outer, self.yields = self.yields, False
        body = self.suite(node.body)
        is_generator, self.yields = self.yields, outer
        return ir.Function(at, node.name.value, parameters, body, decorators, is_generator)

    def class_header(self, node: cst.ClassDef) -> ClassHeader:
        """Lower the name, the bases and the decorators of a class."""
        return ClassHeader(
            self.places[id(node)],
            node.name.value,
            tuple(self.expression(base.value) for base in node.bases if not base.star),
            self.decorators(node),
        )

    def decorators(self, node: cst.ClassDef | cst.FunctionDef) -> tuple[ir.Expression, ...]:
        """Lower the decorators of a definition, the outermost first."""
        return tuple(self.expression(decorator.decorator) for decorator in node.decorators)

    def _import(self, node: cst.Import | cst.ImportFrom, at: Range) -> Iterable[ir.Import]:
        if isinstance(node, cst.Import):
            for alias in node.names:
                module = self.dotted(alias.name)
                if alias.asname:
                    yield ir.Import(at, module, 0, None, self.dotted(alias.asname.name))
                else:
                    root = module.partition(".")[0]
                    yield ir.Import(at, root, 0, None, root)
            return
        module = self.dotted(node.module) if node.module else ""
        level = len(node.relative)
        if isinstance(node.names, cst.ImportStar):
            yield ir.Import(at, module, level, "*", "*")
            return
        for alias in node.names:
            attribute = self.dotted(alias.name)
            name = self.dotted(alias.asname.name) if alias.asname else attribute
            yield ir.Import(at, module, level, attribute, name)
