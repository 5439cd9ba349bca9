"""The intermediate representation that the interpreter evaluates: a small, typed, serialisable Python.

``lower`` makes it from ``ast``; nothing after it sees a syntax tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import TypeAlias

from lossguard.analysis.places import Range


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal; ``value`` is ``...`` for an ellipsis."""

    at: Range
    value: object


@dataclass(frozen=True, slots=True)
class Name:
    """A variable."""

    at: Range
    name: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """``value.name``."""

    at: Range
    value: Expression
    name: str


@dataclass(frozen=True, slots=True)
class Slice:
    """``lower:upper:step`` inside a subscript."""

    at: Range
    lower: Expression | None
    upper: Expression | None
    step: Expression | None


@dataclass(frozen=True, slots=True)
class Subscript:
    """``value[index]``; several indices make a tuple ``Display``."""

    at: Range
    value: Expression
    index: Expression


@dataclass(frozen=True, slots=True)
class Starred:
    """``*value`` inside a display, a call or a target."""

    at: Range
    value: Expression


@dataclass(frozen=True, slots=True)
class Actual:
    """One argument of a call: positional, ``keyword=value``, ``*value`` or ``**value``."""

    value: Expression
    keyword: str | None = None
    star: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """``function(arguments)``."""

    at: Range
    function: Expression
    arguments: tuple[Actual, ...]


@dataclass(frozen=True, slots=True)
class Display:
    """A tuple, list or set written out; ``kind`` is the type's name."""

    at: Range
    kind: str
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class DictDisplay:
    """A dictionary written out; a key of None is a ``**spread``."""

    at: Range
    items: tuple[tuple[Expression | None, Expression], ...]


@dataclass(frozen=True, slots=True)
class Binary:
    """``left operator right`` for arithmetic and bitwise operators."""

    at: Range
    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Unary:
    """``operator operand``; ``not`` included."""

    at: Range
    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Compare:
    """A chain of comparisons."""

    at: Range
    left: Expression
    rest: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class Boolean:
    """``left and right`` or ``left or right``."""

    at: Range
    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Conditional:
    """``body if test else orelse``."""

    at: Range
    test: Expression
    body: Expression
    orelse: Expression


@dataclass(frozen=True, slots=True)
class Formal:
    """One parameter of a function; ``star`` is ``*`` or ``**`` for the variadic ones."""

    name: str
    default: Expression | None = None
    star: str = ""
    keyword_only: bool = False


@dataclass(frozen=True, slots=True)
class Lambda:
    """``lambda parameters: body``."""

    at: Range
    parameters: tuple[Formal, ...]
    body: Expression


@dataclass(frozen=True, slots=True)
class Clause:
    """``for target in iterable if conditions`` of a comprehension."""

    target: Expression
    iterable: Expression
    conditions: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Comprehension:
    """A list, set, dict or generator comprehension; ``key`` only for a dict."""

    at: Range
    kind: str
    element: Expression
    key: Expression | None
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Walrus:
    """``name := value``."""

    at: Range
    name: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Yield:
    """``yield value``; ``delegates`` for ``yield from``."""

    at: Range
    value: Expression | None
    delegates: bool


@dataclass(frozen=True, slots=True)
class Opaque:
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


@dataclass(frozen=True, slots=True)
class Assign:
    """``target = … = value``."""

    at: Range
    targets: tuple[Expression, ...]
    value: Expression


@dataclass(frozen=True, slots=True)
class Declare:
    """``name: annotation`` without a value: a field of a dataclass or named tuple."""

    at: Range
    name: str


@dataclass(frozen=True, slots=True)
class Augment:
    """``target operator= value``."""

    at: Range
    target: Expression
    operator: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Evaluate:
    """An expression for its effect."""

    at: Range
    value: Expression


@dataclass(frozen=True, slots=True)
class Return:
    """``return value``."""

    at: Range
    value: Expression | None


@dataclass(frozen=True, slots=True)
class Raise:
    """``raise``, or an ``assert`` that cannot hold."""

    at: Range


@dataclass(frozen=True, slots=True)
class Jump:
    """``break`` or ``continue``."""

    at: Range
    breaks: bool


@dataclass(frozen=True, slots=True)
class If:
    """A branch; an ``elif`` is an ``If`` in ``orelse``."""

    at: Range
    test: Expression
    body: Block
    orelse: Block


@dataclass(frozen=True, slots=True)
class For:
    """A ``for`` loop."""

    at: Range
    target: Expression
    iterable: Expression
    body: Block
    orelse: Block


@dataclass(frozen=True, slots=True)
class While:
    """A ``while`` loop."""

    at: Range
    test: Expression
    body: Block
    orelse: Block


@dataclass(frozen=True, slots=True)
class With:
    """A ``with`` statement; each item is a context manager and its target."""

    at: Range
    items: tuple[tuple[Expression, Expression | None], ...]
    body: Block


@dataclass(frozen=True, slots=True)
class Try:
    """A ``try`` statement."""

    at: Range
    body: Block
    handlers: tuple[Block, ...]
    orelse: Block
    final: Block


@dataclass(frozen=True, slots=True)
class Case:
    """One ``case`` of a ``match``.

    tests: the values of which the subject must equal one; empty where the pattern is not made of values.
    always: the pattern matches anything.
    names: the variables that the pattern binds.
    """

    tests: tuple[Expression, ...]
    always: bool
    names: tuple[str, ...]
    body: Block


@dataclass(frozen=True, slots=True)
class Match:
    """A ``match`` statement."""

    at: Range
    subject: Expression
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """A function definition."""

    at: Range
    name: str
    parameters: tuple[Formal, ...]
    body: Block
    decorators: tuple[Expression, ...]
    is_generator: bool


@dataclass(frozen=True, slots=True)
class Class:
    """A class definition inside a function; classes of a module are lowered member by member."""

    at: Range
    name: str
    bases: tuple[Expression, ...]
    decorators: tuple[Expression, ...]
    body: Block


@dataclass(frozen=True, slots=True)
class Import:
    """``import module as name`` (``attribute`` None) or ``from module import attribute as name``.

    ``level`` counts the leading dots; an ``attribute`` of ``*`` binds every public name.
    """

    at: Range
    module: str
    level: int
    attribute: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Outer:
    """``global`` or ``nonlocal`` names."""

    at: Range
    names: tuple[str, ...]
    is_global: bool


@dataclass(frozen=True, slots=True)
class Delete:
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
        elif is_dataclass(current):
            yield current
            waiting.extend(getattr(current, each.name) for each in fields(current))


def names(node: object) -> frozenset[str]:
    """The variables that a part of the representation mentions."""
    return frozenset(each.name for each in walk(node) if isinstance(each, Name))
