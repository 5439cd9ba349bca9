"""Lowers libcst expressions into the intermediate representation."""

from __future__ import annotations

import libcst as cst

from lossguard.analysis import ir
from lossguard.analysis.places import Range

_NOWHERE = Range(1, 1, 1, 1)
_OPERATORS: dict[str, str] = {
    "Add": "+",
    "Subtract": "-",
    "Multiply": "*",
    "Divide": "/",
    "FloorDivide": "//",
    "Modulo": "%",
    "Power": "**",
    "MatrixMultiply": "@",
    "BitAnd": "&",
    "BitOr": "|",
    "BitXor": "^",
    "LeftShift": "<<",
    "RightShift": ">>",
    "Minus": "-",
    "Plus": "+",
    "BitInvert": "~",
    "Not": "not",
    "Equal": "==",
    "NotEqual": "!=",
    "LessThan": "<",
    "LessThanEqual": "<=",
    "GreaterThan": ">",
    "GreaterThanEqual": ">=",
    "In": "in",
    "NotIn": "not in",
    "Is": "is",
    "IsNot": "is not",
    "And": "and",
    "Or": "or",
}


class Expressions:
    """Lowers expressions whose nodes stand in ``places``.

    yields: whether a ``yield`` has been met in the function at hand.
    """

    def __init__(self) -> None:
        self.places: dict[int, Range] = {}
        self.yields = False

    def operator(self, node: cst.CSTNode) -> str:
        """The operator as the user writes it."""
        name = type(node).__name__.removesuffix("Assign")
        return _OPERATORS.get(name, name)

    def dotted(self, node: cst.CSTNode) -> str:
        """A dotted name as text."""
        if isinstance(node, cst.Attribute):
            return f"{self.dotted(node.value)}.{node.attr.value}"
        return node.value if isinstance(node, cst.Name) else ""

    def expression(self, node: cst.CSTNode) -> ir.Expression:
        """Lower one expression."""
        at = self.places.get(id(node), _NOWHERE)
        match node:
            case cst.Name():
                return _name(node.value, at)
            case cst.Attribute():
                return ir.Attribute(at, self.expression(node.value), node.attr.value)
            case cst.Call():
                return self._call(node, at)
            case cst.Integer() | cst.Float() | cst.Imaginary() | cst.SimpleString():
                return ir.Constant(at, _literal(node))
            case cst.ConcatenatedString():
                text = node.evaluated_value
                return ir.Opaque(at) if text is None else ir.Constant(at, text)
            case cst.Ellipsis():
                return ir.Constant(at, ...)
            case cst.Subscript():
                return ir.Subscript(at, self.expression(node.value), self._index(node, at))
            case cst.Tuple() | cst.List() | cst.Set():
                return self._display(node, at)
            case cst.StarredElement():
                value = self.expression(node.value)
                return ir.Starred(value.at, value)
            case _:
                return self._operation(node, at)

    def _operation(self, node: cst.CSTNode, at: Range) -> ir.Expression:
        match node:
            case cst.BinaryOperation():
                left, right = self.expression(node.left), self.expression(node.right)
                return ir.Binary(at, self.operator(node.operator), left, right)
            case cst.UnaryOperation():
                return ir.Unary(at, self.operator(node.operator), self.expression(node.expression))
            case cst.BooleanOperation():
                left, right = self.expression(node.left), self.expression(node.right)
                return ir.Boolean(_cover(left, right), self.operator(node.operator), left, right)
            case cst.Comparison():
                rest = tuple(
                    (self.operator(t.operator), self.expression(t.comparator)) for t in node.comparisons
                )
                return ir.Compare(at, self.expression(node.left), rest)
            case cst.IfExp():
                return ir.Conditional(
                    at, self.expression(node.test), self.expression(node.body), self.expression(node.orelse)
                )
            case cst.Lambda():
                return self._lambda(node, at)
            case cst.Dict():
                return ir.DictDisplay(at, tuple(self._item(element) for element in node.elements))
            case cst.ListComp() | cst.SetComp() | cst.GeneratorExp() | cst.DictComp():
                return self._comprehension(node, at)
            case cst.NamedExpr():
                assert isinstance(node.target, cst.Name)
                return ir.Walrus(at, node.target.value, self.expression(node.value))
            case cst.Await():
                return self.expression(node.expression)
            case cst.Yield():
                self.yields = True
                delegates = isinstance(node.value, cst.From)
                inner = node.value.item if isinstance(node.value, cst.From) else node.value
                return ir.Yield(at, None if inner is None else self.expression(inner), delegates)
            case _:
                return ir.Opaque(at)

    def _lambda(self, node: cst.Lambda, at: Range) -> ir.Lambda:
        parameters = self.parameters(node.params)
        outer = self.yields
        body = self.expression(node.body)
        self.yields = outer
        return ir.Lambda(at, parameters, body)

    def parameters(self, node: cst.Parameters) -> tuple[ir.Formal, ...]:
        """Lower the parameters of a function or a lambda."""
        result = [self._formal(p) for p in (*node.posonly_params, *node.params)]
        if isinstance(node.star_arg, cst.Param):
            result.append(self._formal(node.star_arg, star="*"))
        result.extend(self._formal(p, keyword_only=True) for p in node.kwonly_params)
        if node.star_kwarg is not None:
            result.append(self._formal(node.star_kwarg, star="**"))
        return tuple(result)

    def _formal(self, node: cst.Param, star: str = "", keyword_only: bool = False) -> ir.Formal:
        default = None if node.default is None else self.expression(node.default)
        return ir.Formal(node.name.value, default, star, keyword_only)

    def _call(self, node: cst.Call, at: Range) -> ir.Call:
        arguments = tuple(
            ir.Actual(self.expression(a.value), a.keyword.value if a.keyword else None, a.star)
            for a in node.args
        )
        return ir.Call(at, self.expression(node.func), arguments)

    def _index(self, node: cst.Subscript, at: Range) -> ir.Expression:
        indices: list[ir.Expression] = []
        for element in node.slice:
            if isinstance(element.slice, cst.Slice):
                bounds = (element.slice.lower, element.slice.upper, element.slice.step)
                lower, upper, step = (None if b is None else self.expression(b) for b in bounds)
                indices.append(ir.Slice(at, lower, upper, step))
            elif isinstance(element.slice, cst.Index):
                indices.append(self.expression(element.slice.value))
        if len(indices) == 1 and not isinstance(node.slice[-1].comma, cst.Comma):
            return indices[0]
        return ir.Display(at, "tuple", tuple(indices))

    def _display(self, node: cst.Tuple | cst.List | cst.Set, at: Range) -> ir.Display:
        items = tuple(self.expression(e) if _starred(e) else self.expression(e.value) for e in node.elements)
        if isinstance(node, cst.Tuple):
            at = _cover(items[0], items[-1]) if items else at
        return ir.Display(at, type(node).__name__.lower(), items)

    def _item(self, element: cst.BaseDictElement) -> tuple[ir.Expression | None, ir.Expression]:
        key = self.expression(element.key) if isinstance(element, cst.DictElement) else None
        return key, self.expression(element.value)

    def _comprehension(self, node: cst.BaseComp, at: Range) -> ir.Comprehension:
        clauses: list[ir.Clause] = []
        clause: cst.CompFor | None = node.for_in
        while clause is not None:
            conditions = tuple(self.expression(c.test) for c in clause.ifs)
            clauses.append(
                ir.Clause(self.expression(clause.target), self.expression(clause.iter), conditions)
            )
            clause = clause.inner_for_in
        kind = {"ListComp": "list", "SetComp": "set", "DictComp": "dict"}.get(
            type(node).__name__, "generator"
        )
        if isinstance(node, cst.DictComp):
            key, element = self.expression(node.key), self.expression(node.value)
            return ir.Comprehension(at, kind, element, key, tuple(clauses))
        assert isinstance(node, cst.ListComp | cst.SetComp | cst.GeneratorExp)
        return ir.Comprehension(at, kind, self.expression(node.elt), None, tuple(clauses))


def _literal(node: cst.Integer | cst.Float | cst.Imaginary | cst.SimpleString) -> object:
    """The value of a number or a string; what libcst would compile is read at sight where it is plain."""
    text = node.value
    if isinstance(node, cst.Integer):
        return int(text, 0)
    if text[0] in "'\"" and "\\" not in text and "\r" not in text:
        quote = text[:3] if len(text) >= 6 and text[:3] == text[0] * 3 else text[0]
        return text[len(quote) : -len(quote)]
    return node.evaluated_value


def _name(name: str, at: Range) -> ir.Expression:
    literals = {"True": True, "False": False, "None": None}
    return ir.Constant(at, literals[name]) if name in literals else ir.Name(at, name)


def _starred(element: cst.BaseElement) -> bool:
    return isinstance(element, cst.StarredElement)


def _cover(first: ir.Expression, last: ir.Expression) -> Range:
    return Range(first.at.line, first.at.column, last.at.end_line, last.at.end_column)
