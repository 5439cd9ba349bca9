"""What import statements bind, those of a whole text without parsing it as well."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lossguard.analysis.import_lines import import_statements
from lossguard.analysis.ir import Import
from lossguard.analysis.places import Range
from lossguard.analysis.syntax import parsed, walk

_ANYWHERE = Range(1, 1, 1, 1)


def import_items(node: ast.Import | ast.ImportFrom, at: Range) -> Iterator[Import]:
    """The names that one import statement binds."""
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            yield Import(at, node.module or "", node.level, alias.name, alias.asname or alias.name)
        elif alias.asname:
            yield Import(at, alias.name, 0, None, alias.asname)
        else:
            root = alias.name.partition(".")[0]
            yield Import(at, root, 0, None, root)


def imports_in(text: str) -> list[Import] | None:
    """What a text imports, wherever that stands; None where it takes more than its lines to tell."""
    statements = import_statements(text)
    if statements is None:
        return None
    try:
        body = parsed(statements.split("\n"), 1)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    nodes = (node for statement in body for node in walk(statement))
    imports = (node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom))
    return [item for node in imports for item in import_items(node, _ANYWHERE)]
