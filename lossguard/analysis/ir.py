"""The intermediate representation that the interpreter evaluates: a small, typed, serialisable Python.

``lower`` makes it from ``ast``; nothing after it sees a syntax tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from msgspec import Struct

from lossguard.analysis.places import Range


class Node(Struct, frozen=True, gc=False):
    """A part of the representation: no part holds itself, so that none is left to the garbage collector."""


class Constant(Node, frozen=True):
    """A literal; ``value`` is ``...`` for an ellipsis."""

    at: Range
    value: object


class Name(Node, frozen=True):
    """A variable."""

    at: Range
    name: str


class Attribute(Node, frozen=True):
    """``value.name``."""

    at: Range
    value: Expression
    name: str


class Slice(Node, frozen=True):
    """``lower:upper:step`` inside a subscript."""

    at: Range
    lower: Expression | None
    upper: Expression | None
    step: Expression | None


class Subscript(Node, frozen=True):
    """``value[index]``; several indices make a tuple ``Display``."""

    at: Range
    value: Expression
    index: Expression


class Starred(Node, frozen=True):
    """``*value`` inside a display, a call or a target."""

    at: Range
    value: Expression


class Actual(Node, frozen=True):
    """One argument of a call: positional, ``keyword=value``, ``*value`` or ``**value``."""

    value: Expression
    keyword: str | None = None
    star: str = ""


class Call(Node, frozen=True):
    """``function(arguments)``."""

    at: Range
    function: Expression
    arguments: tuple[Actual, ...]


class Display(Node, frozen=True):
    """A tuple, list or set written out; ``kind`` is the type's name."""

    at: Range
    kind: str
    items: tuple[Expression, ...]


class DictDisplay(Node, frozen=True):
    """A dictionary written out; a key of None is a ``**spread``."""

    at: Range
    items: tuple[tuple[Expression | None, Expression], ...]


class Binary(Node, frozen=True):
    """``left operator right`` for arithmetic and bitwise operators."""

    at: Range
    operator: str
    left: Expression
    right: Expression


class Unary(Node, frozen=True):
    """``operator operand``; ``not`` included."""

    at: Range
    operator: str
    operand: Expression


class Compare(Node, frozen=True):
    """A chain of comparisons."""

    at: Range
    left: Expression
    rest: tuple[tuple[str, Expression], ...]


class Boolean(Node, frozen=True):
    """``left and right`` or ``left or right``."""

    at: Range
    operator: str
    left: Expression
    right: Expression


class Conditional(Node, frozen=True):
    """``body if test else orelse``."""

    at: Range
    test: Expression
    body: Expression
    orelse: Expression


class Formal(Node, frozen=True):
    """One parameter of a function; ``star`` is ``*`` or ``**`` for the variadic ones."""

    name: str
    default: Expression | None = None
    star: str = ""
    keyword_only: bool = False


class Lambda(Node, frozen=True):
    """``lambda parameters: body``."""

    at: Range
    parameters: tuple[Formal, ...]
    body: Expression


class Clause(Node, frozen=True):
    """``for target in iterable if conditions`` of a comprehension."""

    target: Expression
    iterable: Expression
    conditions: tuple[Expression, ...]


class Comprehension(Node, frozen=True):
    """A list, set, dict or generator comprehension; ``key`` only for a dict."""

    at: Range
    kind: str
    element: Expression
    key: Expression | None
    clauses: tuple[Clause, ...]


class Walrus(Node, frozen=True):
    """``name := value``."""

    at: Range
    name: str
    value: Expression


class Yield(Node, frozen=True):
    """``yield value``; ``delegates`` for ``yield from``."""

    at: Range
    value: Expression | None
    delegates: bool


class Opaque(Node, frozen=True):
    """An expression that the analysis does not look into, such as an f-string."""

    at: Range


Expression: TypeAlias = (
    Constant
    | Name
    | Attribute
    | Slice
    | Subscript
    | Starred
    | Call
    | Display
    | DictDisplay
    | Binary
    | Unary
    | Compare
    | Boolean
    | Conditional
    | Lambda
    | Comprehension
    | Walrus
    | Yield
    | Opaque
)


class Assign(Node, frozen=True):
    """``target = … = value``."""

    at: Range
    targets: tuple[Expression, ...]
    value: Expression


class Declare(Node, frozen=True):
    """``name: annotation`` without a value: a field of a dataclass or named tuple."""

    at: Range
    name: str


class Augment(Node, frozen=True):
    """``target operator= value``."""

    at: Range
    target: Expression
    operator: str
    value: Expression


class Evaluate(Node, frozen=True):
    """An expression for its effect."""

    at: Range
    value: Expression


class Return(Node, frozen=True):
    """``return value``."""

    at: Range
    value: Expression | None


class Raise(Node, frozen=True):
    """``raise``, or an ``assert`` that cannot hold."""

    at: Range


class Jump(Node, frozen=True):
    """``break`` or ``continue``."""

    at: Range
    breaks: bool


class If(Node, frozen=True):
    """A branch; an ``elif`` is an ``If`` in ``orelse``."""

    at: Range
    test: Expression
    body: Block
    orelse: Block


class For(Node, frozen=True):
    """A ``for`` loop."""

    at: Range
    target: Expression
    iterable: Expression
    body: Block
    orelse: Block


class While(Node, frozen=True):
    """A ``while`` loop."""

    at: Range
    test: Expression
    body: Block
    orelse: Block


class With(Node, frozen=True):
    """A ``with`` statement; each item is a context manager and its target."""

    at: Range
    items: tuple[tuple[Expression, Expression | None], ...]
    body: Block


class Try(Node, frozen=True):
    """A ``try`` statement."""

    at: Range
    body: Block
    handlers: tuple[Block, ...]
    orelse: Block
    final: Block


class Case(Node, frozen=True):
    """One ``case`` of a ``match``.

    tests: the values of which the subject must equal one; empty where the pattern is not made of values.
    always: the pattern matches anything.
    names: the variables that the pattern binds.
    """

    tests: tuple[Expression, ...]
    always: bool
    names: tuple[str, ...]
    body: Block


class Match(Node, frozen=True):
    """A ``match`` statement."""

    at: Range
    subject: Expression
    cases: tuple[Case, ...]


class Function(Node, frozen=True):
    """A function definition."""

    at: Range
    name: str
    parameters: tuple[Formal, ...]
    body: Block
    decorators: tuple[Expression, ...]
    is_generator: bool


class Class(Node, frozen=True):
    """A class definition inside a function; classes of a module are lowered member by member."""

    at: Range
    name: str
    bases: tuple[Expression, ...]
    decorators: tuple[Expression, ...]
    body: Block


class Import(Node, frozen=True):
    """``import module as name`` (``attribute`` None) or ``from module import attribute as name``.

    ``level`` counts the leading dots; an ``attribute`` of ``*`` binds every public name.
    """

    at: Range
    module: str
    level: int
    attribute: str | None
    name: str


class Outer(Node, frozen=True):
    """``global`` or ``nonlocal`` names."""

    at: Range
    names: tuple[str, ...]
    is_global: bool


class Delete(Node, frozen=True):
    """``del targets``."""

    at: Range
    targets: tuple[Expression, ...]


Statement: TypeAlias = (
    Assign
    | Declare
    | Augment
    | Evaluate
    | Return
    | Raise
    | Jump
    | If
    | For
    | While
    | With
    | Try
    | Match
    | Function
    | Class
    | Import
    | Outer
    | Delete
)
Block: TypeAlias = tuple[Statement, ...]


def walk(node: object) -> Iterator[object]:
    """A part of the representation and every part below it, places left out."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, tuple) and not isinstance(current, Range):
            waiting.extend(current)
        elif isinstance(current, Node):
            yield current
            waiting.extend(getattr(current, name) for name in current.__struct_fields__)


def names(node: object) -> frozenset[str]:
    """The variables that a part of the representation mentions."""
    return frozenset(each.name for each in walk(node) if isinstance(each, Name))
