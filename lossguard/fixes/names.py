"""Names of functions and classes of torch in a program, and what has to be imported to call another one."""

from __future__ import annotations

import re

import libcst as cst

from lossguard.diagnostics import Edit
from lossguard.fixes.code import Code, Stretch, Tree, Unfixable

_IMPORT = re.compile(r"\bimport\b")


def last_name(code: Code, callee: cst.BaseExpression) -> str | None:
    """The name by which a library knows what is called; None for anything but a dotted name."""
    match callee:
        case cst.Attribute(attr=cst.Name(value=name)):
            return name
        case cst.Name(value=name):
            imported = code.index.imports.get(name)
            if imported is not None:
                return imported.attribute
            return name if _from_star(code, name) else None
    return None


def is_imported(code: Code, expression: cst.BaseExpression) -> bool:
    """Whether a dotted name begins with one that the module imports: ``nn.functional``."""
    while isinstance(expression, cst.Attribute):
        expression = expression.value
    return isinstance(expression, cst.Name) and expression.value in code.index.imports


def renamed(code: Code, tree: Tree, callee: cst.BaseExpression, name: str) -> list[Edit]:
    """Call something else of the same module; raises Unfixable where its name means another thing here."""
    at = code.whole(tree, callee)
    if isinstance(callee, cst.Attribute):
        return [code.edit(Stretch(at.end - len(callee.attr.value), at.end), name)]
    if not isinstance(callee, cst.Name):
        raise Unfixable
    imported = code.index.imports.get(callee.value)
    known = code.index.imports.get(name)
    if known is not None:
        if imported is None or (known.module, known.level, known.attribute) != (
            imported.module,
            imported.level,
            name,
        ):
            raise Unfixable
        return [code.edit(at, name)]
    if name in code.index.definitions or name in code.index.assigned or code.mentions(name):
        raise Unfixable
    if imported is None and _from_star(code, callee.value):
        return [code.edit(at, name)]
    return [*_import_edits(code, callee.value, name), code.edit(at, name)]


def _import_edits(code: Code, old: str, new: str) -> list[Edit]:
    """Import one more name from where another comes from, in its place where nothing else needs that one."""
    imported = code.index.imports.get(old)
    if imported is None or imported.attribute is None:
        raise Unfixable
    alias = _alias(code, code.at(imported.at), imported.attribute)
    if old == imported.attribute and len(code.mentions(old)) == 2:
        return [code.edit(alias, new)]
    end = alias.end
    if old != imported.attribute:
        end = code.text.index(old, alias.end) + len(old)
    return [code.edit(Stretch(end, end), f", {new}")]


def _alias(code: Code, statement: Stretch, attribute: str) -> Stretch:
    """Where an import statement names something that it takes from a module."""
    names = _IMPORT.search(code.text, statement.start, statement.end)
    found = code.mentions(attribute, Stretch(names.end(), statement.end)) if names else []
    if len(found) != 1:
        raise Unfixable
    return found[0]


def _from_star(code: Code, name: str) -> bool:
    index = code.index
    return bool(index.stars) and name not in index.definitions and name not in index.assigned
