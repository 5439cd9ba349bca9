"""Lowers expressions of ``ast`` into the intermediate representation."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any, TypeAlias

from lossguard.analysis import ir
from lossguard.analysis.places import Range
from lossguard.analysis.syntax import Columns

_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.USub: "-",
    ast.UAdd: "+",
    ast.Invert: "~",
    ast.Not: "not",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.And: "and",
    ast.Or: "or",
}
_Comprehension: TypeAlias = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp


class Expressions:
    """Lowers expressions of a text whose columns are given.

    yields: whether a ``yield`` has been met in the function at hand.
    """

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.yields = False

    def expression(self, node: ast.expr) -> ir.Expression:
        """Lower one expression."""
        at = self.columns.range(node)
        lowering = _LOWERINGS.get(type(node))
        return ir.Opaque(at) if lowering is None else lowering(self, node, at)

    def expressions(self, nodes: Iterable[ast.expr]) -> tuple[ir.Expression, ...]:
        """Lower several expressions."""
        return tuple([self.expression(node) for node in nodes])

    def optional(self, node: ast.expr | None) -> ir.Expression | None:
        """Lower an expression that may be left out."""
        return None if node is None else self.expression(node)

    def parameters(self, node: ast.arguments) -> tuple[ir.Formal, ...]:
        """Lower the parameters of a function or a lambda."""
        positional = [*node.posonlyargs, *node.args]
        defaults = [*[None] * (len(positional) - len(node.defaults)), *node.defaults]
        result = [
            ir.Formal(each.arg, self.optional(default))
            for each, default in zip(positional, defaults, strict=True)
        ]
        if node.vararg is not None:
            result.append(ir.Formal(node.vararg.arg, star="*"))
        result.extend(
            ir.Formal(each.arg, self.optional(default), keyword_only=True)
            for each, default in zip(node.kwonlyargs, node.kw_defaults, strict=True)
        )
        if node.kwarg is not None:
            result.append(ir.Formal(node.kwarg.arg, star="**"))
        return tuple(result)

    def _name(self, node: ast.Name, at: Range) -> ir.Expression:
        return ir.Name(at, node.id)

    def _constant(self, node: ast.Constant, at: Range) -> ir.Expression:
        return ir.Constant(at, node.value)

    def _attribute(self, node: ast.Attribute, at: Range) -> ir.Expression:
        return ir.Attribute(at, self.expression(node.value), node.attr)

    def _call(self, node: ast.Call, at: Range) -> ir.Expression:
        positional = [
            ir.Actual(self.expression(each.value), None, "*")
            if isinstance(each, ast.Starred)
            else ir.Actual(self.expression(each))
            for each in node.args
        ]
        named = [
            ir.Actual(self.expression(each.value), each.arg, "" if each.arg else "**")
            for each in node.keywords
        ]
        return ir.Call(at, self.expression(node.func), (*positional, *named))

    def _subscript(self, node: ast.Subscript, at: Range) -> ir.Expression:
        return ir.Subscript(at, self.expression(node.value), self.expression(node.slice))

    def _slice(self, node: ast.Slice, at: Range) -> ir.Expression:
        return ir.Slice(at, self.optional(node.lower), self.optional(node.upper), self.optional(node.step))

    def _starred(self, node: ast.Starred, at: Range) -> ir.Expression:
        return ir.Starred(at, self.expression(node.value))

    def _tuple(self, node: ast.Tuple, at: Range) -> ir.Expression:
        """The place leaves the brackets out, as that of any other expression in brackets."""
        items = self.expressions(node.elts)
        return ir.Display(_cover(items[0], items[-1]) if items else at, "tuple", items)

    def _list(self, node: ast.List, at: Range) -> ir.Expression:
        return ir.Display(at, "list", self.expressions(node.elts))

    def _set(self, node: ast.Set, at: Range) -> ir.Expression:
        return ir.Display(at, "set", self.expressions(node.elts))

    def _dict(self, node: ast.Dict, at: Range) -> ir.Expression:
        pairs = zip(node.keys, node.values, strict=True)
        return ir.DictDisplay(at, tuple((self.optional(key), self.expression(value)) for key, value in pairs))

    def _binary(self, node: ast.BinOp, at: Range) -> ir.Expression:
        left, right = self.expression(node.left), self.expression(node.right)
        return ir.Binary(at, self.operator(node.op), left, right)

    def _unary(self, node: ast.UnaryOp, at: Range) -> ir.Expression:
        return ir.Unary(at, self.operator(node.op), self.expression(node.operand))

    def _boolean(self, node: ast.BoolOp, _at: Range) -> ir.Expression:
        operator = self.operator(node.op)
        return reduce(
            lambda left, right: ir.Boolean(_cover(left, right), operator, left, right),
            self.expressions(node.values),
        )

    def _compare(self, node: ast.Compare, at: Range) -> ir.Expression:
        pairs = zip(node.ops, node.comparators, strict=True)
        rest = tuple((self.operator(operator), self.expression(value)) for operator, value in pairs)
        return ir.Compare(at, self.expression(node.left), rest)

    def _conditional(self, node: ast.IfExp, at: Range) -> ir.Expression:
        test, body, orelse = self.expressions((node.test, node.body, node.orelse))
        return ir.Conditional(at, test, body, orelse)

    def _lambda(self, node: ast.Lambda, at: Range) -> ir.Expression:
        parameters = self.parameters(node.args)
        outer = self.yields
        body = self.expression(node.body)
        self.yields = outer
        return ir.Lambda(at, parameters, body)

    def _comprehension(self, node: _Comprehension, at: Range) -> ir.Expression:
        clauses = tuple(
            ir.Clause(self.expression(each.target), self.expression(each.iter), self.expressions(each.ifs))
            for each in node.generators
        )
        kind = _COMPREHENSIONS[type(node)]
        if isinstance(node, ast.DictComp):
            key, element = self.expression(node.key), self.expression(node.value)
            return ir.Comprehension(at, kind, element, key, clauses)
        return ir.Comprehension(at, kind, self.expression(node.elt), None, clauses)

    def _walrus(self, node: ast.NamedExpr, at: Range) -> ir.Expression:
        return ir.Walrus(at, node.target.id, self.expression(node.value))

    def _await(self, node: ast.Await, _at: Range) -> ir.Expression:
        return self.expression(node.value)

    def _yield(self, node: ast.Yield | ast.YieldFrom, at: Range) -> ir.Expression:
        self.yields = True
        return ir.Yield(at, self.optional(node.value), isinstance(node, ast.YieldFrom))

    def operator(self, node: ast.AST) -> str:
        """The operator as the user writes it."""
        return _OPERATORS[type(node)]


_COMPREHENSIONS: dict[type[ast.AST], str] = {
    ast.ListComp: "list",
    ast.SetComp: "set",
    ast.GeneratorExp: "generator",
    ast.DictComp: "dict",
}
_LOWERINGS: dict[type[ast.expr], Callable[[Expressions, Any, Range], ir.Expression]] = {
    ast.Name: Expressions._name,
    ast.Constant: Expressions._constant,
    ast.Attribute: Expressions._attribute,
    ast.Call: Expressions._call,
    ast.Subscript: Expressions._subscript,
    ast.Slice: Expressions._slice,
    ast.Starred: Expressions._starred,
    ast.Tuple: Expressions._tuple,
    ast.List: Expressions._list,
    ast.Set: Expressions._set,
    ast.Dict: Expressions._dict,
    ast.BinOp: Expressions._binary,
    ast.UnaryOp: Expressions._unary,
    ast.BoolOp: Expressions._boolean,
    ast.Compare: Expressions._compare,
    ast.IfExp: Expressions._conditional,
    ast.Lambda: Expressions._lambda,
    ast.ListComp: Expressions._comprehension,
    ast.SetComp: Expressions._comprehension,
    ast.GeneratorExp: Expressions._comprehension,
    ast.DictComp: Expressions._comprehension,
    ast.NamedExpr: Expressions._walrus,
    ast.Await: Expressions._await,
    ast.Yield: Expressions._yield,
    ast.YieldFrom: Expressions._yield,
}


def _cover(first: ir.Expression, last: ir.Expression) -> Range:
    return Range(first.at.line, first.at.column, last.at.end_line, last.at.end_column)
