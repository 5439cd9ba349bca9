"""Operations that made what a loss is given: recognised in the text, taken away, or replaced by another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from lossguard.diagnostics import Edit, Span
from lossguard.fixes.code import Code, Stretch, Tree, Unfixable
from lossguard.fixes.names import is_imported, last_name, renamed
from lossguard.fixes.statements import dropped_element, dropped_statement, registration

FUNCTIONS = frozenset({"softmax", "log_softmax", "sigmoid", "logsigmoid", "expit", "tanh", "one_hot"})
LAYERS = frozenset({"Softmax", "Softmax2d", "LogSoftmax", "Sigmoid", "LogSigmoid", "Tanh"})
_OPTIONS = frozenset({"dim", "axis", "num_classes"})


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as it is written.

    call: the call, or where a layer among others stands its construction.
    operand: what it is applied to; None for a layer among others.
    named: what has to be called otherwise where another operation takes its place, and the tree of that.
    """

    tree: Tree
    call: cst.Call
    operand: cst.BaseExpression | None
    named: tuple[Tree, cst.BaseExpression] | None

    @property
    def is_one_expression(self) -> bool:
        """Whether no layer is involved that others may call, too."""
        inner = self.call.func.func if isinstance(self.call.func, cst.Call) else self.call.func
        return self.operand is not None and self.named is not None and self.named[1] is inner


def operation(code: Code, span: Span) -> Operation:
    """Recognise the operation at a place; raises Unfixable for one that is written in any other way."""
    tree, call = code.call(span)
    name = last_name(code, call.func)
    is_method = isinstance(call.func, cst.Attribute) and not is_imported(code, call.func.value)
    if name in LAYERS and (isinstance(call.func, cst.Name) or not is_method):
        return Operation(tree, call, None, (tree, call.func))
    if name in FUNCTIONS and not is_method:
        return Operation(tree, call, _operand(call), (tree, call.func))
    if isinstance(call.func, cst.Call) and last_name(code, call.func.func) in LAYERS:
        return Operation(tree, call, _operand(call), (tree, call.func.func))
    made = _constructions(code, tree, call.func)
    if made:
        named = made[0] if len(made) == 1 and _applied_once(code, call.func) else None
        return Operation(tree, call, _operand(call), named)
    if name in FUNCTIONS and isinstance(call.func, cst.Attribute) and _is_option(call):
        return Operation(tree, call, call.func.value, (tree, call.func))
    raise Unfixable


def is_chosen(tree: Tree, call: cst.Call, arguments: Sequence[Stretch | None]) -> bool:
    """Whether the program may go without an operation, on a way to the loss that somebody chooses."""
    above = tree.parent(call)
    while above is not None and not isinstance(above, cst.FunctionDef):
        at = tree.places.get(id(above))
        inside = at is not None and all(each is not None and at.holds(each) for each in arguments)
        if isinstance(above, cst.If | cst.IfExp | cst.MatchCase) and not inside:
            return True
        above = tree.parent(above)
    return False


def stands_beside_operand(code: Code, found: Operation) -> bool:
    """Whether what an operation is applied to is handed on together with its result."""
    tree, operand = found.tree, found.operand
    element = tree.parent(found.call)
    if operand is None or not isinstance(element, cst.Element | cst.DictElement | cst.Arg):
        return False
    display = tree.parent(element)
    text = _text(code, code.whole(tree, operand))
    match display:
        case cst.Tuple(elements=others) | cst.List(elements=others) | cst.Dict(elements=others):
            values = [each.value for each in others]
        case cst.Call(args=given) if len(given) > 1:
            values = [each.value for each in given]
        case _:
            return False
    places = [tree.places.get(id(value)) for value in values if value is not found.call]
    return any(at is not None and _text(code, at) == text for at in places)


def removal(code: Code, found: Operation, outer: cst.Call) -> list[Edit]:
    """Edits that leave what the operation is applied to.

    outer: the call, or the last of the conversions that its result goes through at once.
    """
    tree, operand = found.tree, found.operand
    if operand is None:
        return _without_layer(code, found)
    at, kept = code.whole(tree, outer), code.whole(tree, operand)
    if isinstance(operand, _COMPOUND) and isinstance(tree.parent(outer), _BRACKETED):
        kept = tree.places[id(operand)]
    if outer.lpar and not operand.lpar:
        at = tree.places[id(outer)]
    statement = tree.parent(outer)
    if isinstance(statement, cst.Assign) and len(statement.targets) == 1:
        target = tree.places.get(id(statement.targets[0].target))
        same = target is not None and _text(code, target) == _text(code, kept)
        if same and (edits := dropped_statement(code, tree, statement)):
            return edits
    opening, closing = (
        ("(", ")") if _needs_brackets(operand, outer, statement, _text(code, kept)) else ("", "")
    )
    before, after = Stretch(at.start, kept.start), Stretch(kept.end, at.end)
    if "#" in _text(code, before) + _text(code, after):
        raise Unfixable
    parts = [(before, opening), (after, closing)]
    return [code.edit(at, content) for at, content in parts if content or at.start != at.end]


def replacement(code: Code, found: Operation, function: str, layer: str) -> list[Edit]:
    """Edits that call another function, or construct another layer, with the same arguments."""
    if found.named is None:
        raise Unfixable
    tree, callee = found.named
    name = last_name(code, callee)
    if name == "Softmax2d":
        raise Unfixable  # which has no dimension to hand on
    return renamed(code, tree, callee, layer if name in LAYERS else function)


def _operand(call: cst.Call) -> cst.BaseExpression:
    """What a function is applied to; its other arguments may only say how."""
    if not call.args or any(argument.star for argument in call.args):
        raise Unfixable
    first, *rest = call.args
    keywords = [argument.keyword.value for argument in rest if argument.keyword is not None]
    if first.keyword is not None and first.keyword.value != "input":
        raise Unfixable
    if len(rest) - len(keywords) > 1 or not _OPTIONS.issuperset(keywords):
        raise Unfixable
    return first.value


def _is_option(call: cst.Call) -> bool:
    """Whether all that a method is given is a dimension."""
    if not call.args:
        return True
    (argument, *more) = call.args
    named = argument.keyword is not None and argument.keyword.value in _OPTIONS
    value = argument.value.expression if isinstance(argument.value, cst.UnaryOperation) else argument.value
    return not more and not argument.star and (named or isinstance(value, cst.Integer))


def _constructions(
    code: Code, tree: Tree, callee: cst.BaseExpression
) -> list[tuple[Tree, cst.BaseExpression]]:
    """Where a layer that is called by a name or as an attribute is made; empty unless it is one of ours."""
    match callee:
        case cst.Attribute(value=cst.Name(value="self"), attr=cst.Name(value=name)):
            units = [unit for each in code.index.units for unit in (each, *each.members)]
            trees = [code.tree_of(u) for u in units if u.kind != "class" and name in u.assigned_attributes]
        case cst.Name(value=name):
            statements = [u for u in code.index.units if u.kind == "statement" and name in u.identifiers]
            trees = [tree, *(code.tree_of(u) for u in statements if u is not tree.unit)]
        case _:
            return []
    made = []
    for each in trees:
        for target, value in _bindings(each, name, attribute=isinstance(callee, cst.Attribute)):
            if not isinstance(value, cst.Call) or target is None or last_name(code, value.func) not in LAYERS:
                return []
            made.append((each, value.func))
    return made


def _bindings(
    tree: Tree, name: str, *, attribute: bool
) -> list[tuple[cst.CSTNode | None, cst.CSTNode | None]]:
    """What is bound to a variable, or to an attribute; None for what is not plainly assigned."""
    found: list[tuple[cst.CSTNode | None, cst.CSTNode | None]] = []
    for node in tree.nodes():
        match node:
            case cst.AssignTarget(target=target):
                statement = tree.parent(node)
                plain = isinstance(statement, cst.Assign) and _is(target, name, attribute=attribute)
                if plain and isinstance(statement, cst.Assign):
                    found.append((target, statement.value))
                elif any(_is(each, name, attribute=attribute) for each in _elements(target)):
                    found.append((None, None))
            case cst.Param(name=cst.Name(value=other)) if not attribute and other == name:
                found.append((None, None))
            case cst.For(target=target) | cst.CompFor(target=target) | cst.AugAssign(target=target):
                if any(_is(each, name, attribute=attribute) for each in _elements(target)):
                    found.append((None, None))
    return found


def _elements(target: cst.CSTNode) -> list[cst.CSTNode]:
    if isinstance(target, cst.Tuple | cst.List):
        return [each for element in target.elements for each in _elements(element.value)]
    return [target]


def _is(target: cst.CSTNode, name: str, *, attribute: bool) -> bool:
    match target:
        case cst.Attribute(attr=cst.Name(value=other)):
            return attribute and other == name
        case cst.Name(value=other):
            return not attribute and other == name
    return False


def _applied_once(code: Code, callee: cst.BaseExpression) -> bool:
    """Whether a layer is made and called, and mentioned nowhere else in this file."""
    name = callee.attr.value if isinstance(callee, cst.Attribute) else ""
    return bool(name) and len(re.findall(rf"\.{re.escape(name)}\b", code.text)) == 2


def _without_layer(code: Code, found: Operation) -> list[Edit]:
    """Edits that leave a layer out of a container, or let one pass everything on where others count on it."""
    tree, call = found.tree, found.call
    statement = registration(code, tree, call)
    if statement is not None and (edits := dropped_statement(code, tree, statement)):
        return edits
    try:
        return dropped_element(code, tree, call)
    except Unfixable:
        parent = tree.parent(call)
        if not isinstance(parent, cst.Arg | cst.Element | cst.DictElement) or call.lpar:
            raise
    brackets = Stretch(tree.places[id(call.func)].end, tree.places[id(call)].end)
    if "#" in _text(code, brackets):
        raise Unfixable
    return [*renamed(code, tree, call.func, "Identity"), code.edit(brackets, "()")]


_TIGHT = (
    cst.Name,
    cst.Attribute,
    cst.Call,
    cst.Subscript,
    cst.List,
    cst.Dict,
    cst.ListComp,
    cst.Integer,
    cst.Float,
)
_COMPOUND = (cst.BinaryOperation, cst.UnaryOperation, cst.Comparison)
_BRACKETED = (cst.Arg, cst.Element, cst.Index)
_LOOSE = (cst.Assign, cst.AnnAssign, cst.Return, cst.Expr)


def _needs_brackets(
    operand: cst.BaseExpression, outer: cst.Call, parent: cst.CSTNode | None, text: str
) -> bool:
    """Whether what an operation is applied to means the same in its place only with brackets around it."""
    if operand.lpar or outer.lpar or isinstance(parent, _BRACKETED):
        return False
    loose = isinstance(parent, _LOOSE) and not isinstance(operand, cst.NamedExpr | cst.Yield)
    return not (isinstance(operand, _TIGHT) or loose) or not _stands_alone(text)


def _stands_alone(text: str) -> bool:
    try:
        cst.parse_expression(text)
    except cst.ParserSyntaxError:
        return False
    return True


def _text(code: Code, at: Stretch) -> str:
    return code.text[at.start : at.end]
