"""Holds the intermediate representation of a program against the text that it was lowered from."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from functools import lru_cache
from unicodedata import normalize

from lossguard.analysis import index, ir, lower
from lossguard.analysis.places import Range
from lossguard.analysis.source import SourceFile, from_text

_KINDS: dict[type, tuple[type[ast.AST], ...]] = {
    ir.Constant: (ast.Constant,),
    ir.Name: (ast.Name,),
    ir.Attribute: (ast.Attribute,),
    ir.Subscript: (ast.Subscript,),
    ir.Call: (ast.Call,),
    ir.Display: (ast.Tuple, ast.List, ast.Set),
    ir.DictDisplay: (ast.Dict,),
    ir.Binary: (ast.BinOp,),
    ir.Unary: (ast.UnaryOp,),
    ir.Compare: (ast.Compare,),
    ir.Conditional: (ast.IfExp,),
    ir.Lambda: (ast.Lambda,),
    ir.Comprehension: (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
    ir.Walrus: (ast.NamedExpr,),
    ir.Yield: (ast.Yield, ast.YieldFrom),
    ir.Opaque: (ast.JoinedStr, ast.Constant, ast.Await, ast.AST),
}
_FIRST_WORDS: dict[type, tuple[str, ...]] = {
    ir.Return: ("return",),
    ir.Raise: ("raise", "assert"),
    ir.Jump: ("break", "continue"),
    ir.If: ("if", "elif", "assert"),
    ir.For: ("for", "async"),
    ir.While: ("while",),
    ir.With: ("with", "async"),
    ir.Try: ("try",),
    ir.Match: ("match",),
    ir.Function: ("def", "async"),
    ir.Class: ("class",),
    ir.Import: ("import", "from"),
    ir.Outer: ("global", "nonlocal"),
    ir.Delete: ("del",),
}


class Reading:
    """One program, lowered piece by piece as the engine does it."""

    def __init__(self, text: str, path: str = "<program>") -> None:
        self.source: SourceFile = from_text(text, path)
        self.lines = self.source.text.split("\n")
        self.index = index.build(self.source)
        self.pieces: list[object] = list(self._pieces(self.index.units))

    def _pieces(self, units: tuple[index.Unit, ...]) -> Iterator[object]:
        for unit in units:
            if unit.kind == "class":
                yield lower.lower_class_header(unit)
                yield from self._pieces(unit.members)
            else:
                yield from lower.lower_unit(unit)

    def text(self, at: Range) -> str:
        """What stands at a place."""
        lines = self.lines[at.line - 1 : at.end_line]
        if len(lines) == 1:
            return lines[0][at.column - 1 : at.end_column - 1]
        return "\n".join([lines[0][at.column - 1 :], *lines[1:-1], lines[-1][: at.end_column - 1]])

    def nodes(self) -> Iterator[tuple[object, object]]:
        """Every node, each with the one around it."""
        for piece in self.pieces:
            yield from _descend(piece, None)

    def expressions(self, kind: type) -> list[str]:
        """The text of every node of a kind, in the order of the representation."""
        return [self.text(node.at) for node, _ in self.nodes() if isinstance(node, kind)]  # type: ignore[attr-defined]

    def mismatches(self) -> list[str]:
        """What stands somewhere else than the representation says; empty where all is right."""
        return [found for node, parent in self.nodes() for found in self._wrong(node, parent)]

    def _wrong(self, node: object, parent: object) -> Iterator[str]:
        at = getattr(node, "at", None)
        if at is None:
            return
        if not 0 < at.line <= at.end_line <= len(self.lines):
            yield f"{type(node).__name__} is nowhere: {at}"
            return
        text = self.text(at)
        outer = getattr(parent, "at", None)
        decorator = isinstance(parent, ir.Function | ir.Class | lower.ClassHeader)
        if outer is not None and not decorator and not _inside(at, outer):
            yield f"{type(node).__name__} {text!r} stands outside its {type(parent).__name__}"
        words = _FIRST_WORDS.get(type(node))
        if words is not None and not text.startswith(words):
            yield f"{type(node).__name__} begins with {text[:20]!r}"
        kinds = _KINDS.get(type(node))
        if kinds is not None and (problem := _unlike(node, text, kinds)):
            yield f"line {at.line}: {type(node).__name__} is {text!r}: {problem}"


def _descend(node: object, parent: object) -> Iterator[tuple[object, object]]:
    if isinstance(node, Range):
        return
    if isinstance(node, tuple):
        for item in node:
            yield from _descend(item, parent)
    elif isinstance(node, ir.Node | lower.ClassHeader):
        yield node, parent
        around = node if hasattr(node, "at") else parent
        for name in type(node).__match_args__:
            yield from _descend(getattr(node, name), around)


def _inside(inner: Range, outer: Range) -> bool:
    return (outer.line, outer.column) <= (inner.line, inner.column) and (
        (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
    )


def _unlike(node: object, text: str, kinds: tuple[type[ast.AST], ...]) -> str | None:
    if isinstance(node, ir.Name) and node.name == text:
        return None
    read = _read(text)
    if read is None:
        if isinstance(node, ir.Display) and node.kind == "tuple":
            return None  # the items of a[1:2, 3], or of a tuple that is a whole subscript
        return "not an expression"
    if isinstance(node, ir.Display) and node.kind == "tuple" and len(node.items) < 2:
        return None  # the comma of a tuple of one is not part of its range
    if isinstance(node, ir.Display) and node.kind == "tuple" and isinstance(read, ast.Subscript):
        return None
    if not isinstance(read, kinds):
        return f"reads as {type(read).__name__}"
    return _different(node, read)


@lru_cache(maxsize=20_000)
def _read(text: str) -> ast.expr | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(f"(\n{text}\n)", mode="eval").body
    except SyntaxError:
        return None


def _different(node: object, read: ast.AST) -> str | None:
    match node, read:
        case ir.Name(name=name), ast.Name(id=found):
            return None if normalize("NFKC", name) == found else f"the name is {name}"
        case ir.Attribute(name=name), ast.Attribute(attr=found):
            return None if name == found else f"the attribute is {name}"
        case ir.Constant(value=value), ast.Constant(value=found):
            return None if repr(value) == repr(found) else f"the value is {value!r}"
        case ir.Call(arguments=arguments), ast.Call(args=args, keywords=keywords):
            names = sorted(a.keyword or "" for a in arguments)
            read_names = sorted([*("" for _ in args), *(k.arg or "" for k in keywords)])
            return None if names == read_names else f"the arguments are {names}"
        case ir.Display(items=items), (ast.Tuple() | ast.List() | ast.Set()):
            return None if len(items) == len(read.elts) else f"there are {len(items)} items"
        case ir.Binary(), ast.BinOp():
            return None if node.operator == _symbol(read.op) else f"the operator is {node.operator}"
        case ir.Lambda(parameters=parameters), ast.Lambda(args=args):
            named = [
                a.arg for a in (*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg) if a
            ]
            return None if [p.name for p in parameters] == named else f"the parameters are {parameters}"
        case ir.Compare(rest=rest), ast.Compare(ops=ops):
            return None if len(rest) == len(ops) else f"there are {len(rest)} comparisons"
    return None


def _symbol(operator: ast.operator) -> str:
    one = ast.BinOp(ast.Name("a", ast.Load()), operator, ast.Name("b", ast.Load()))
    return ast.unparse(one).split()[1]
