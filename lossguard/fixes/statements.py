"""Takes whole statements, and elements of a list or a call, out of a text with the lines they stand on."""

from __future__ import annotations

import re

import libcst as cst

from lossguard.diagnostics import Edit
from lossguard.fixes.code import Code, Stretch, Tree, Unfixable

_CONTAINERS = frozenset({"Sequential", "ModuleList", "OrderedDict"})
_COMMA = re.compile(r"\s*,")
_LINE_END = re.compile(r"[ \t]*,?[ \t]*(#[^\n]*)?(?=\n|\Z)")
_STATEMENT_END = re.compile(r"[ \t]*(#[^\n]*)?(?=\n|\Z)")


def dropped_statement(code: Code, tree: Tree, statement: cst.BaseSmallStatement) -> list[Edit]:
    """Edits that take a statement away with its line; none where it shares the line with others."""
    at = tree.places[id(statement)]
    line = tree.parent(statement)
    block = tree.parent(line) if line is not None else None
    alone = isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1
    if not alone:
        return []
    if block is not None and sum(isinstance(each, cst.BaseStatement) for each in block.children) == 1:
        return [code.edit(at, "pass")]
    lines = _lines(code, at, _STATEMENT_END)
    return [] if lines is None else [code.edit(lines, "")]


def whole_lines(code: Code, at: Stretch) -> Stretch | None:
    """The lines that a statement has to itself, with their end; None where it shares them."""
    return _lines(code, at, _STATEMENT_END)


def dropped_element(code: Code, tree: Tree, expression: cst.BaseExpression) -> list[Edit]:
    """Edits that take the last of several elements of a container away; raises Unfixable for any other."""
    element = tree.parent(expression)
    at = code.whole(tree, expression)
    holder = tree.parent(element) if element is not None else None
    if isinstance(element, cst.Element) and isinstance(holder, cst.Tuple):
        at = _tuple(code, tree, holder)
        element = tree.parent(holder)
        holder = tree.parent(element) if element is not None else None
    siblings = _siblings(holder)
    if len(siblings) < 2 or siblings[-1] is not element:
        raise Unfixable
    lines = _lines(code, at, _LINE_END)
    if lines is not None:
        return [code.edit(lines, "")]
    before = siblings[-2].value
    if isinstance(before, cst.Tuple) and before.elements:
        end = _tuple(code, tree, before).end
    else:
        end = code.whole(tree, before).end
    return [code.removed(Stretch(end, at.end))]


def registration(code: Code, tree: Tree, layer: cst.BaseExpression) -> cst.Expr | None:
    """The statement that gives a layer to a container under a name that nothing else mentions."""
    argument = tree.parent(layer)
    call = tree.parent(argument) if argument is not None else None
    statement = tree.parent(call) if call is not None else None
    match call:
        case cst.Call(
            func=cst.Attribute(attr=cst.Name(value="add_module" | "register_module")),
            args=[cst.Arg(value=cst.SimpleString(raw_value=name)), _],
        ) if not re.search(rf"\.{re.escape(name)}\b", code.text):
            return statement if isinstance(statement, cst.Expr) else None
    return None


def _siblings(holder: cst.CSTNode | None) -> list[cst.Arg] | list[cst.Element]:
    """The elements of a call that makes a container, or of a list."""
    match holder:
        case cst.Call(func=cst.Attribute(attr=cst.Name(value=name)) | cst.Name(value=name), args=args):
            return list(args) if name in _CONTAINERS else []
        case cst.List(elements=elements):
            return [element for element in elements if isinstance(element, cst.Element)]
    return []


def _tuple(code: Code, tree: Tree, node: cst.Tuple) -> Stretch:
    """Where a tuple in brackets stands, which has no place of its own."""
    if len(node.lpar) != 1:
        raise Unfixable
    first, last = (code.whole(tree, node.elements[index].value) for index in (0, -1))
    start = len(code.text[: first.start].rstrip()) - 1
    comma = _COMMA.match(code.text, last.end)
    rest = comma.end() if comma else last.end
    end = rest + len(code.text[rest:]) - len(code.text[rest:].lstrip()) + 1
    if code.text[start] != "(" or code.text[end - 1] != ")":
        raise Unfixable
    return Stretch(start, end)


def _lines(code: Code, at: Stretch, ending: re.Pattern[str]) -> Stretch | None:
    """The lines on which nothing but a part of the text stands, and their end; None where more does."""
    start = code.text.rfind("\n", 0, at.start) + 1
    tail = ending.match(code.text, at.end)
    if code.text[start : at.start].strip() or tail is None:
        return None
    around = code.surroundings(at.start)
    if tail.end() < around.end:
        return Stretch(start, tail.end() + 1)
    return Stretch(start - 1, tail.end()) if start > around.start else None
