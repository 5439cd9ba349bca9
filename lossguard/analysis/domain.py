"""Abstract values, and the laws of joining them. No syntax, no torch.

A ``Value`` is a set of alternatives, each an atom under a guard: the conditions of the program under which
the value is that atom (a value summary in the sense of Sen et al., "MultiSE: Multi-path symbolic execution
using value summaries", FSE 2015). Conditions are symbols, so that the same test met twice combines only
with itself.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import product
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from msgspec import Struct, field

from lossguard.facts import TensorFacts

MAX_ALTERNATIVES = 8
MAX_COMBINATIONS = MAX_ALTERNATIVES**2


class Symbol(NamedTuple):
    """The identity of a condition or of an unknown value; equal symbols mean the same in the program."""

    kind: str
    parts: tuple[Hashable, ...] = ()

    def child(self, kind: str, *parts: Hashable) -> Symbol:
        """A symbol derived from this one, such as an attribute of it."""
        return Symbol(kind, (self, *parts))


class Literal(NamedTuple):
    """A condition that holds, or that does not."""

    symbol: Symbol
    holds: bool

    def negated(self) -> Literal:
        """The opposite."""
        return Literal(self.symbol, not self.holds)


INDEX = "index"
"""The kind of a symbol that stands for an integer, such as the number of a round or of a sample."""

Guard: TypeAlias = frozenset[Literal]
ALWAYS: Guard = frozenset()


def contradictory(left: Guard, right: Guard) -> bool:
    """Whether no run of the program satisfies both guards."""
    if len(left) > len(right):
        left, right = right, left
    for literal in left:
        symbol, holds = literal
        if (symbol, not holds) in right:
            return True
        if holds and symbol.kind == "==":
            subject, value = symbol.parts
            for other, also in right:
                if also and other.kind == "==" and other.parts[0] == subject and other.parts[1] != value:
                    return True
    return False


class Unknown(Struct, frozen=True):
    """A value of which only its identity is known.

    reason: where knowledge ended, for a verdict of *undecided*.
    """

    symbol: Symbol
    reason: str = ""


class Literally(Struct, frozen=True, eq=False):
    """A Python constant: a number, a string, a boolean, None; 1, 1.0 and True are three."""

    value: Any

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Literally):
            return NotImplemented
        return type(self.value) is type(other.value) and bool(self.value == other.value)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.value)


class Bounds(NamedTuple):
    """The constant that a slice is."""

    start: int | None
    stop: int | None
    step: int | None


class Items(Struct, frozen=True):
    """The content of a tuple, list or set.

    exact: False where there may be more items of the same kind.
    """

    values: tuple[Value, ...]
    exact: bool = True


class Entries(Struct, frozen=True):
    """The content of a dictionary whose keys are constants.

    exact: False where there may be other keys.
    """

    values: Mapping[Hashable, Value] = field(default_factory=lambda: MappingProxyType({}))
    exact: bool = True

    def __hash__(self) -> int:
        return hash((tuple(self.values), self.exact))


class Reference(Struct, frozen=True):
    """A mutable object; ``number`` is its identity, its attributes and content live in the store.

    kind: ``list``, ``dict`` or ``object``.
    type: the class of an object: a ``ClassValue`` or an ``External``.
    """

    number: int
    kind: str
    type: Atom | None = None


class External(Struct, frozen=True):
    """Something outside the project, by its dotted name: ``torch.nn.functional.softmax``."""

    name: str


class Method(Struct, frozen=True):
    """A method of something that is not an object of the project, not called yet."""

    receiver: Atom
    name: str


class Bound(Struct, frozen=True):
    """A function of the project bound to an object."""

    function: Any
    receiver: Atom


class Partial(Struct, frozen=True):
    """A callable with some arguments already given."""

    function: Value
    positional: tuple[Value, ...]
    keywords: tuple[tuple[str, Value], ...]


class Code(Struct, frozen=True):
    """A function, class or module of the project: ``definition`` is the interpreter's own record of it."""

    kind: str
    definition: Any


Atom: TypeAlias = (
    TensorFacts
    | Unknown
    | Literally
    | Items
    | Entries
    | Reference
    | External
    | Method
    | Bound
    | Partial
    | Code
)
Alternative: TypeAlias = tuple[Guard, Atom]


class Value(Struct, frozen=True):
    """Everything that an expression may be: atoms under guards that exclude each other."""

    alternatives: tuple[Alternative, ...]

    def __hash__(self) -> int:
        """Counted by Python's limit of recursion, as the hash of a struct is not: values hold values."""
        return hash(self.alternatives)

    @property
    def single(self) -> Atom | None:
        """The atom, where there is only one alternative."""
        return self.alternatives[0][1] if len(self.alternatives) == 1 else None

    @property
    def atoms(self) -> list[Atom]:
        """The atoms of all alternatives."""
        return [atom for _, atom in self.alternatives]

    def under(self, guard: Guard) -> Value:
        """What remains possible under ``guard``, with the conditions that it grants left out."""
        if not guard or (len(self.alternatives) == 1 and not self.alternatives[0][0]):
            return self
        kept = [(g - guard, a) for g, a in self.alternatives if not contradictory(g, guard)]
        return Value(tuple(kept)) if kept else self

    def guarded(self, guard: Guard) -> Value:
        """The same value, given that ``guard`` holds."""
        if not guard:
            return self
        kept = [(g | guard, a) for g, a in self.alternatives if not contradictory(g, guard)]
        return Value(tuple(kept)) if kept else self

    def map(self, function: Callable[[Atom], Atom]) -> Value:
        """Apply ``function`` to every atom."""
        if len(self.alternatives) == 1:
            ((guard, atom),) = self.alternatives
            return Value(((guard, function(atom)),))
        return simplify((guard, function(atom)) for guard, atom in self.alternatives)


def of(atom: Atom) -> Value:
    """The value that is always ``atom``."""
    return Value(((ALWAYS, atom),))


def constant(value: object) -> Value:
    """The value that is always the Python constant ``value``."""
    return of(Literally(value))


NONE = constant(None)


def simplify(alternatives: Iterable[Alternative]) -> Value:
    """Merge alternatives that are the same atom under complementary conditions; bound their number.

    Two guards that differ in the sign of one literal cover each other's case, so the literal goes.
    """
    kept: list[Alternative] = []
    for guard, atom in alternatives:
        kept = _absorb(kept, guard, atom)
    if not kept:
        return of(Unknown(Symbol("nothing"), "no alternative is possible"))
    if len(kept) > MAX_ALTERNATIVES:
        return _too_many(kept)
    return Value(tuple(kept))


def _too_many(identity: Sequence[Hashable]) -> Value:
    return of(Unknown(Symbol("many", (hash(tuple(identity)),)), "too many alternatives"))


def _absorb(kept: list[Alternative], guard: Guard, atom: Atom) -> list[Alternative]:
    for position, (other, same) in enumerate(kept):
        if same != atom:
            continue
        if other <= guard:
            return kept
        difference = guard ^ other
        rest = kept[:position] + kept[position + 1 :]
        if guard <= other:
            return _absorb(rest, guard, atom)
        if len(difference) == 2 and len({literal.symbol for literal in difference}) == 1:
            return _absorb(rest, guard & other, atom)
    return [*kept, (guard, atom)]


def choose(cases: Iterable[tuple[Guard, Value]]) -> Value:
    """The value that is each case's value under that case's guard."""
    cases = list(cases)
    if len(cases) == 1:
        return cases[0][1].guarded(cases[0][0])
    if cases and all(value == cases[0][1] for _, value in cases):
        return cases[0][1]
    return simplify(
        (guard | g, atom)
        for guard, value in cases
        for g, atom in value.alternatives
        if not contradictory(guard, g)
    )


def combine(function: Callable[..., Value], values: Sequence[Value]) -> Value:
    """Apply ``function`` to every combination of atoms whose guards agree."""
    singles = [value.alternatives[0] for value in values if len(value.alternatives) == 1]
    if len(singles) == len(values):
        guard = ALWAYS.union(*[guard for guard, _ in singles])
        return function(*[atom for _, atom in singles]).guarded(guard)
    cases: list[tuple[Guard, Value]] = []
    for guard, atoms in combinations(values):
        if len(cases) >= MAX_COMBINATIONS:
            return _too_many(values)
        cases.append((guard, function(*atoms)))
    return choose(cases)


def combinations(values: Sequence[Value]) -> Iterator[tuple[Guard, tuple[Atom, ...]]]:
    """Every combination of atoms, one of each value, whose guards agree."""
    for alternatives in product(*(value.alternatives for value in values)):
        guard: Guard = ALWAYS
        for other, _ in alternatives:
            if contradictory(guard, other):
                break
            guard |= other
        else:
            yield guard, tuple(atom for _, atom in alternatives)


class Store:
    """Variables and attributes by key, in layers: a branch writes into a layer of its own."""

    def __init__(self) -> None:
        self._layers: list[dict[Hashable, Value]] = [{}]

    def get(self, key: Hashable) -> Value | None:
        """The value of ``key``, None where it has none."""
        for layer in reversed(self._layers):
            value = layer.get(key)
            if value is not None:
                return value
        return None

    def set(self, key: Hashable, value: Value) -> None:
        """Give ``key`` a value from here on."""
        self._layers[-1][key] = value

    def names(self) -> frozenset[Hashable]:
        """Every key that has a value."""
        return frozenset().union(*self._layers)

    def branch(self) -> None:
        """Open a layer: what is set from here on is set on this branch only."""
        self._layers.append({})

    def leave(self) -> dict[Hashable, Value]:
        """Close the layer and give back what it held."""
        return self._layers.pop()

    @contextmanager
    def at_bottom(self, layers: int = 1) -> Iterator[None]:
        """Set every layer but the lowest ones aside: what is set inside outlives the branches above."""
        before, self._layers = self._layers, self._layers[:layers]
        try:
            yield
        finally:
            self._layers = before

    def join(self, branches: Sequence[tuple[Guard, Mapping[Hashable, Value]]]) -> None:
        """Take over what each branch set, under its guard."""
        for key in {key: None for _, writes in branches for key in writes}:
            before = self.get(key)
            cases = [(guard, writes.get(key, before)) for guard, writes in branches]
            known = [(guard, value) for guard, value in cases if value is not None]
            if len(known) == 1 and len(branches) > 1:
                self.set(key, known[0][1])
            else:
                self.set(key, choose(known))
