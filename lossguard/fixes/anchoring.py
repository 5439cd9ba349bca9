"""Parses the lines of a definition by libcst, and gives the nodes of each statement their places.

libcst keeps no positions and its metadata costs more than parsing. ``index`` knows from ``ast`` where the
expressions of a statement stand, in source order; the same kinds of nodes are visited here in the same order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import libcst as cst

from lossguard.analysis.places import Anchors, Range
from lossguard.analysis.source import SourceError
from lossguard.analysis.syntax import is_indented

_NOT_COUNTED = re.compile(r"^[ \t\f]*\f", re.MULTILINE)
_Nodes = Iterator[cst.CSTNode | None]


def parsed(text: str) -> list[cst.BaseStatement | cst.BaseSmallStatement]:
    """Parse the lines of a definition, indented as they are.

    Raises ``SourceError`` where libcst cannot parse what ``ast`` could.
    """
    text = _NOT_COUNTED.sub("", text)
    indented = is_indented(text)
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


def anchor(statement: cst.CSTNode, anchors: Anchors, places: dict[int, Range]) -> None:
    """Enter the place of ``statement`` and of every expression of its own into ``places``, by ``id``.

    Where the two readings of the source disagree, every expression gets the place of the statement.
    """
    places[id(statement)] = anchors.at
    nodes = [node for node in _expressions(statement) if _is_anchored(node)]
    ranges: Sequence[Range] = anchors.expressions
    if len(nodes) != len(ranges):
        ranges = [anchors.at] * len(nodes)
    for node, place in zip(nodes, ranges, strict=True):
        places[id(node)] = place


def _is_anchored(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.Tuple):
        return not node.elements
    return type(node) not in _UNANCHORED


def _expressions(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if current is not node:
            yield current
        children = _CHILDREN.get(type(current))
        if children is not None:
            waiting.extend(reversed([child for child in children(current) if child is not None]))


def _parameters(node: cst.Parameters) -> _Nodes:
    for parameter in (*node.posonly_params, *node.params):
        yield from _parameter(parameter)
    if isinstance(node.star_arg, cst.Param):
        yield from _parameter(node.star_arg)
    for parameter in node.kwonly_params:
        yield from _parameter(parameter)
    if node.star_kwarg is not None:
        yield from _parameter(node.star_kwarg)


def _parameter(node: cst.Param) -> _Nodes:
    if node.annotation is not None:
        yield node.annotation.annotation
    yield node.default


def _comprehension(node: cst.CompFor | None) -> _Nodes:
    while node is not None:
        yield node.target
        yield node.iter
        for condition in node.ifs:
            yield condition.test
        node = node.inner_for_in


def _subscript(node: cst.Subscript) -> _Nodes:
    yield node.value
    for element in node.slice:
        if isinstance(element.slice, cst.Slice):
            yield from (element.slice.lower, element.slice.upper, element.slice.step)
        elif isinstance(element.slice, cst.Index):
            yield element.slice.value


def _comparison(node: cst.Comparison) -> _Nodes:
    yield node.left
    for target in node.comparisons:
        yield target.comparator


def _dict(node: cst.Dict) -> _Nodes:
    for element in node.elements:
        if isinstance(element, cst.DictElement):
            yield element.key
        yield element.value


def _dict_comprehension(node: cst.DictComp) -> _Nodes:
    yield node.key
    yield node.value
    yield from _comprehension(node.for_in)


def _generator(node: cst.ListComp | cst.SetComp | cst.GeneratorExp) -> _Nodes:
    yield node.elt
    yield from _comprehension(node.for_in)


def _lambda(node: cst.Lambda) -> _Nodes:
    yield from _parameters(node.params)
    yield node.body


def _call(node: cst.Call) -> _Nodes:
    yield node.func
    for argument in node.args:
        yield argument.value


def _display(node: cst.Tuple | cst.List | cst.Set) -> _Nodes:
    for element in node.elements:
        yield element.value


def _yield(node: cst.Yield) -> _Nodes:
    yield node.value.item if isinstance(node.value, cst.From) else node.value


def _function(node: cst.FunctionDef) -> _Nodes:
    for decorator in node.decorators:
        yield decorator.decorator
    yield from _parameters(node.params)
    if node.returns is not None:
        yield node.returns.annotation


def _class(node: cst.ClassDef) -> _Nodes:
    for decorator in node.decorators:
        yield decorator.decorator
    for argument in (*node.bases, *node.keywords):
        yield argument.value


def _annotated(node: cst.AnnAssign) -> _Nodes:
    yield node.target
    yield node.annotation.annotation
    yield node.value


def _raise(node: cst.Raise) -> _Nodes:
    yield node.exc
    if isinstance(node.cause, cst.From):
        yield node.cause.item


def _assign(node: cst.Assign) -> _Nodes:
    for target in node.targets:
        yield target.target
    yield node.value


def _with(node: cst.With) -> _Nodes:
    for item in node.items:
        yield item.item
        if item.asname is not None:
            yield item.asname.name


def _try(node: cst.Try | cst.TryStar) -> _Nodes:
    for handler in node.handlers:
        yield handler.type


def _match(node: cst.Match) -> _Nodes:
    yield node.subject
    for case in node.cases:
        pattern = case.pattern.pattern if isinstance(case.pattern, cst.MatchAs) else case.pattern
        yield from _pattern_values(pattern)
        yield case.guard


def _pattern_values(pattern: cst.MatchPattern | None) -> list[cst.BaseExpression]:
    """The values of a pattern that is a value, or a choice of values; nothing for any other pattern."""
    choices = [each.pattern for each in pattern.patterns] if isinstance(pattern, cst.MatchOr) else [pattern]
    values = [choice.value for choice in choices if isinstance(choice, cst.MatchValue)]
    return values if len(values) == len(choices) else []


_UNANCHORED = frozenset({cst.BooleanOperation, cst.StarredElement})
_CHILDREN: dict[type[cst.CSTNode], Callable[[Any], _Nodes]] = {
    cst.Call: _call,
    cst.Attribute: lambda node: iter((node.value,)),
    cst.Subscript: _subscript,
    cst.BinaryOperation: lambda node: iter((node.left, node.right)),
    cst.BooleanOperation: lambda node: iter((node.left, node.right)),
    cst.UnaryOperation: lambda node: iter((node.expression,)),
    cst.Comparison: _comparison,
    cst.IfExp: lambda node: iter((node.body, node.test, node.orelse)),
    cst.Lambda: _lambda,
    cst.Tuple: _display,
    cst.List: _display,
    cst.Set: _display,
    cst.StarredElement: lambda node: iter((node.value,)),
    cst.Dict: _dict,
    cst.ListComp: _generator,
    cst.SetComp: _generator,
    cst.GeneratorExp: _generator,
    cst.DictComp: _dict_comprehension,
    cst.Await: lambda node: iter((node.expression,)),
    cst.Yield: _yield,
    cst.NamedExpr: lambda node: iter((node.target, node.value)),
    cst.FunctionDef: _function,
    cst.ClassDef: _class,
    cst.Assign: _assign,
    cst.AnnAssign: _annotated,
    cst.AugAssign: lambda node: iter((node.target, node.value)),
    cst.Expr: lambda node: iter((node.value,)),
    cst.Return: lambda node: iter((node.value,)),
    cst.Raise: _raise,
    cst.Del: lambda node: iter((node.target,)),
    cst.Assert: lambda node: iter((node.test, node.msg)),
    cst.If: lambda node: iter((node.test,)),
    cst.For: lambda node: iter((node.target, node.iter)),
    cst.While: lambda node: iter((node.test,)),
    cst.With: _with,
    cst.Try: _try,
    cst.TryStar: _try,
    cst.Match: _match,
}
