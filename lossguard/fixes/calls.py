"""Calls of losses, and what is given to them: converted, exchanged, given an option, made another call."""

from __future__ import annotations

import libcst as cst

from lossguard.diagnostics import Edit, Span
from lossguard.facts import LossCall, Phase
from lossguard.fixes.code import Code, Stretch, Tree, Unfixable
from lossguard.fixes.names import last_name, renamed
from lossguard.remedies import Convert, SetOption, SwapArguments, UseLoss

_TIGHT = (cst.Name, cst.Attribute, cst.Call, cst.Subscript)
_REDUCING = frozenset({"reduction", "size_average", "reduce"})


def place_of_options(call: LossCall) -> Span:
    """The call that options are given to: the constructor's, or the function's."""
    return call.span if call.made is None else call.made


def with_conversion(code: Code, call: LossCall, remedy: Convert) -> list[Edit]:
    """Edits that call a method of an argument."""
    tree, node = _argument(code, call, remedy.parameter)
    if (
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Attribute)
        and not node.args
        and node.func.attr.value in remedy.instead_of
    ):
        name = tree.places[id(node.func)]
        start = name.end - len(node.func.attr.value)
        return [code.edit(Stretch(start, tree.places[id(node)].end), remedy.method)]
    whole = code.whole(tree, node)
    if isinstance(node, _TIGHT) or node.lpar:
        return [code.edit(Stretch(whole.end, whole.end), f".{remedy.method}")]
    opening, closing = Stretch(whole.start, whole.start), Stretch(whole.end, whole.end)
    return [code.edit(opening, "("), code.edit(closing, f").{remedy.method}")]


def swapped(code: Code, call: LossCall, remedy: SwapArguments) -> list[Edit]:
    """Edits that put each of two arguments in the other's place."""
    places = []
    for name in (remedy.one, remedy.other):
        tree, node = _argument(code, call, name)
        places.append(code.whole(tree, node))
    one, other = places
    texts = [code.text[each.start : each.end] for each in places]
    return [code.edit(one, texts[1]), code.edit(other, texts[0])]


def another_loss(code: Code, call: LossCall, remedy: UseLoss) -> list[Edit]:
    """Edits that name another loss where this one is named."""
    tree, node = code.call(place_of_options(call))
    name = last_name(code, node.func)
    if name == call.contract.name and call.made is not None:
        return renamed(code, tree, node.func, remedy.name)
    if name == (call.contract.function or "").rpartition(".")[2] and call.made is None:
        return renamed(code, tree, node.func, remedy.function)
    raise Unfixable


def constructed_first(code: Code, call: LossCall) -> list[Edit]:
    """Edits that construct a loss without arguments before it is called with those that it has."""
    tree, node = code.call(call.span)
    plain = all(argument.keyword is None and not argument.star for argument in node.args)
    tensors = [each for each in call.arguments.values() if each.tensor is not None]
    if not plain or len(node.args) != 2 or len(call.arguments) != 2 or not tensors:
        raise Unfixable
    if last_name(code, node.func) != call.contract.name or _is_called_later(code, tree, node):
        raise Unfixable
    end = code.whole(tree, node.func).end
    return [code.edit(Stretch(end, end), "()")]


def with_option(code: Code, call: LossCall, remedy: SetOption) -> list[Edit]:
    """Edits that give a loss an option."""
    tree, node = code.call(call.span if call.phase is Phase.CONSTRUCTION else place_of_options(call))
    positional = _positional(code, call, node)
    keywords = {argument.keyword.value: argument for argument in node.args if argument.keyword is not None}
    same = {remedy.name, *remedy.instead_of, *(_REDUCING if remedy.name == "reduction" else ())}
    if same & set(positional):
        raise Unfixable
    if remedy.instead_of:
        if remedy.name in keywords:
            raise Unfixable
        return _in_place_of(code, tree, node, remedy)
    if (given := keywords.get(remedy.name)) is not None:
        return [code.edit(code.whole(tree, given.value), _like(given.value, remedy.value))]
    if same & keywords.keys():
        raise Unfixable
    written = f"{remedy.name}={remedy.value}"
    if not node.args:
        end = tree.places[id(node)].end - 1
        return [code.edit(Stretch(end, end), written)]
    end = code.whole(tree, node.args[-1].value).end
    return [code.edit(Stretch(end, end), f", {written}")]


def _positional(code: Code, call: LossCall, node: cst.Call) -> list[str]:
    """The parameters of a loss that are given by their positions; raises Unfixable for any other callee."""
    name = last_name(code, node.func)
    if any(argument.star for argument in node.args):
        raise Unfixable
    if name == call.contract.name:
        parameters = call.contract.constructor
    elif name == (call.contract.function or "").rpartition(".")[2]:
        parameters = call.contract.functional
    else:
        raise Unfixable
    count = sum(argument.keyword is None for argument in node.args)
    return [parameter.name for parameter in parameters[:count]]


def _like(given: cst.BaseExpression, value: str) -> str:
    """A value in the place of a literal, in the same quotes."""
    match given:
        case cst.SimpleString(value=before):
            return value.replace('"', before[-1]) if value.startswith('"') else value
        case cst.Name(value="True" | "False" | "None"):
            return value
    raise Unfixable


def _in_place_of(code: Code, tree: Tree, node: cst.Call, remedy: SetOption) -> list[Edit]:
    """Edits that give one option in the place of the first of others, and leave the rest of them out."""
    edits: list[Edit] = []
    for number, argument in enumerate(node.args):
        if argument.keyword is None or argument.keyword.value not in remedy.instead_of:
            continue
        value = code.whole(tree, argument.value)
        if edits:
            before = code.whole(tree, node.args[number - 1].value).end
            edits.append(code.removed(Stretch(before, value.end)))
        else:
            start = _keyword_start(code, argument.keyword.value, value)
            edits.append(code.edit(Stretch(start, value.end), f"{remedy.name}={remedy.value}"))
    if not edits:
        raise Unfixable
    return edits


def _keyword_start(code: Code, name: str, value: Stretch) -> int:
    before = code.text[: value.start].rstrip()
    if not before.endswith("=") or not before[:-1].rstrip().endswith(name):
        raise Unfixable
    return len(before[:-1].rstrip()) - len(name)


def _argument(code: Code, call: LossCall, name: str) -> tuple[Tree, cst.BaseExpression]:
    """An argument that is written out in the call."""
    argument = call.arguments.get(name)
    if argument is None or not argument.text or argument.span == call.span:
        raise Unfixable
    tree, node = code.call(call.span)
    at = code.stretch(argument.span)
    given = [each.value for each in node.args if not each.star and tree.places.get(id(each.value)) == at]
    if len(given) != 1:
        raise Unfixable
    return tree, given[0]


def _is_called_later(code: Code, tree: Tree, node: cst.Call) -> bool:
    """Whether what a call gives is called itself, by a name or at once."""
    statement = tree.parent(node)
    if isinstance(statement, cst.Call):
        return True
    if not isinstance(statement, cst.Assign):
        return False
    targets = [tree.places.get(id(each.target)) for each in statement.targets]
    names = [code.text[at.start : at.end] for at in targets if at is not None]
    called = any(code.text[use.end : use.end + 1] == "(" for name in names for use in code.mentions(name))
    return called or len(names) != len(targets)
