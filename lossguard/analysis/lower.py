"""Lowers the definitions of a module, one by one and when they are needed, into the representation.

Where the trees of a module have been let go of, the lines of the definition are parsed again.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from lossguard.analysis import ir
from lossguard.analysis.imported import import_items
from lossguard.analysis.index import Unit
from lossguard.analysis.lower_expressions import Expressions
from lossguard.analysis.places import Range
from lossguard.analysis.syntax import Definition, plain_values

_TRY = ast.Try, getattr(ast, "TryStar", ast.Try)


@dataclass(frozen=True)
class ClassHeader:
    """A class without its body."""

    name: str
    bases: tuple[ir.Expression, ...]
    decorators: tuple[ir.Expression, ...]


def lower_unit(unit: Unit) -> ir.Block:
    """Lower a function or another statement of a module or of a class body."""
    return _Statements(unit.columns).block(unit.statements)


def lower_class_header(unit: Unit) -> ClassHeader:
    """Lower a class up to its body."""
    node = unit.header
    assert isinstance(node, ast.ClassDef)
    return _Statements(unit.columns).class_header(node)


def lower_decorators(unit: Unit) -> tuple[ir.Expression, ...]:
    """Lower the decorators of a function and nothing else of it, the outermost first."""
    node = unit.header
    assert isinstance(node, Definition)
    return Expressions(unit.columns).expressions(node.decorator_list)


class _Statements(Expressions):
    """Lowers statements."""

    def block(self, statements: Iterable[ast.stmt]) -> ir.Block:
        """Lower the statements of one block."""
        return tuple([lowered for statement in statements for lowered in self._statement(statement)])

    def _statement(self, node: ast.stmt) -> Iterable[ir.Statement]:
        at = self.columns.range(node)
        match node:
            case ast.Assign():
                yield ir.Assign(at, self.expressions(node.targets), self.expression(node.value))
            case ast.AnnAssign():
                if node.value is not None:
                    yield ir.Assign(at, (self.expression(node.target),), self.expression(node.value))
                elif isinstance(node.target, ast.Name):
                    yield ir.Declare(at, node.target.id)
            case ast.AugAssign():
                target, value = self.expression(node.target), self.expression(node.value)
                yield ir.Augment(at, target, self.operator(node.op), value)
            case ast.Expr():
                yield ir.Evaluate(at, self.expression(node.value))
            case ast.Return():
                yield ir.Return(at, self.optional(node.value))
            case ast.Raise():
                yield ir.Raise(at)
            case ast.Assert():
                yield ir.If(at, self.expression(node.test), (), (ir.Raise(at),))
            case ast.Break() | ast.Continue():
                yield ir.Jump(at, isinstance(node, ast.Break))
            case _:
                yield from self._naming(node, at)

    def _naming(self, node: ast.stmt, at: Range) -> Iterable[ir.Statement]:
        """Statements that define, import or delete names."""
        match node:
            case ast.Global() | ast.Nonlocal():
                yield ir.Outer(at, tuple(node.names), isinstance(node, ast.Global))
            case ast.Delete():
                yield ir.Delete(at, self.expressions(_single_targets(node.targets)))
            case ast.Import() | ast.ImportFrom():
                yield from import_items(node, at)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield self._function(node, at)
            case ast.ClassDef():
                header = self.class_header(node)
                yield ir.Class(at, header.name, header.bases, header.decorators, self.block(node.body))
            case _:
                yield from self._compound(node, at)

    def _compound(self, node: ast.stmt, at: Range) -> Iterable[ir.Statement]:
        """Statements that hold others."""
        match node:
            case ast.If():
                test, body = self.expression(node.test), self.block(node.body)
                yield ir.If(at, test, body, self.block(node.orelse))
            case ast.For() | ast.AsyncFor():
                target, iterable = self.expression(node.target), self.expression(node.iter)
                yield ir.For(at, target, iterable, self.block(node.body), self.block(node.orelse))
            case ast.While():
                test, body = self.expression(node.test), self.block(node.body)
                yield ir.While(at, test, body, self.block(node.orelse))
            case ast.With() | ast.AsyncWith():
                items = tuple(
                    (self.expression(each.context_expr), self.optional(each.optional_vars))
                    for each in node.items
                )
                yield ir.With(at, items, self.block(node.body))
            case ast.Match():
                yield ir.Match(at, self.expression(node.subject), tuple(map(self._case, node.cases)))
            case _ if isinstance(node, _TRY):
                yield self._try(node, at)

    def _try(self, node: ast.Try, at: Range) -> ir.Try:
        handlers = tuple(self.block(handler.body) for handler in node.handlers)
        body, orelse, final = map(self.block, (node.body, node.orelse, node.finalbody))
        return ir.Try(at, body, handlers, orelse, final)

    def _case(self, node: ast.match_case) -> ir.Case:
        pattern = node.pattern
        name = pattern.name if isinstance(pattern, ast.MatchAs) else None
        always = isinstance(pattern, ast.MatchAs) and pattern.pattern is None and node.guard is None
        tests = self.expressions(plain_values(pattern)) if node.guard is None else ()
        return ir.Case(tests, always, (name,) if name else (), self.block(node.body))

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, at: Range) -> ir.Function:
        decorators = self.expressions(node.decorator_list)
        parameters = self.parameters(node.args)
        outer, self.yields = self.yields, False
        body = self.block(node.body)
        is_generator, self.yields = self.yields, outer
        return ir.Function(at, node.name, parameters, body, decorators, is_generator)

    def class_header(self, node: ast.ClassDef) -> ClassHeader:
        """Lower the name, the bases and the decorators of a class."""
        bases = [base for base in node.bases if not isinstance(base, ast.Starred)]
        decorators = self.expressions(node.decorator_list)
        return ClassHeader(node.name, self.expressions(bases), decorators)


def _single_targets(targets: Iterable[ast.expr]) -> Iterable[ast.expr]:
    """What a ``del`` statement deletes, displays taken apart."""
    for target in targets:
        if isinstance(target, ast.Tuple | ast.List):
            yield from _single_targets(target.elts)
        else:
            yield target
