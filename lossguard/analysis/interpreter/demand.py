"""Which calls are looked into: of functions that lead to no loss, those that a loss call depends on.

A module is evaluated first as if nothing were known of such functions, unless they are short: most of the
cost would go to them. Where a loss call is left open by what one of them gives, the module is evaluated anew,
with that one looked into: an abstraction is refined only where it was too coarse (Henzinger, Jhala, Majumdar
and Sutre, "Lazy abstraction", POPL 2002).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from types import MappingProxyType

from lossguard.analysis.domain import Atom, Guard, Literal, Reference, Symbol, Unknown, Value
from lossguard.analysis.interpreter.closed import ClosedImports
from lossguard.analysis.interpreter.records import FunctionCode
from lossguard.analysis.places import Place, Range
from lossguard.facts import TensorFacts

_PASSED_OVER = "passed over"


@dataclass
class Missed:
    """What was not known at the loss calls of one entry point, and would have mattered.

    decisive: the functions that were passed over and whose values were missed.
    uncalled: those whose parameters are not known where that matters; something passed over may call them.
    callers: where functions stand that lead to a loss, and those passed over that may call them.
    has_open_input: the input of a loss call is not known, for whatever reason.
    is_partial: something was passed over in a function that is needed.
    """

    decisive: set[Place] = field(default_factory=set)
    uncalled: set[Place] = field(default_factory=set)
    callers: dict[Place, set[Place]] = field(default_factory=dict)
    has_open_input: bool = False
    is_partial: bool = False


class Demand:
    """The functions that are looked into though they lead to no loss, and those that turn out to be needed.

    opened: those that turned out to be needed before, and whether all that they call is looked into as well.
    assumed: the conditions without which the program raises.
    long: where the functions stand that turned out to be long, now or in an evaluation before.
    left_out: the functions that were passed over and may have set an attribute, in the order of the calls, by
        the number of the object.
    with_loss: the numbers of the objects that were made with a loss.
    with_functions: for those that were made with functions that lead to one, where these stand.
    handed: where functions stand that lead to a loss, and that an object was given.
    unfilled: why parameters are not known that no call in sight gives.
    missed: what the entry point at hand misses.
    imports: what is imported and not looked into.
    """

    def __init__(
        self, opened: Mapping[Place, bool] = MappingProxyType({}), long: AbstractSet[Place] = frozenset()
    ) -> None:
        self.assumed: set[Literal] = set()
        self.long = set(long)
        self.left_out: dict[int, dict[FunctionCode, None]] = {}
        self.with_loss: set[int] = set()
        self.with_functions: dict[int, set[Place]] = {}
        self.handed: set[Place] = set()
        self.unfilled: set[str] = set()
        self.missed = Missed()
        self.imports = ClosedImports(opened.keys())
        self._opened = opened
        self._suspended = 0
        self._within = 0
        self._results: dict[str, set[Place]] = {}

    def needed(
        self, missed: Mapping[Hashable, Missed], called: AbstractSet[Place], path: str
    ) -> dict[Hashable, frozenset[Place]]:
        """The functions whose values were missed, by the entry points where that would change something.

        missed: what each entry point misses.
        called: the functions that were called; another is called by somebody who was passed over, unless it
            stands in the file at this path, where its losses are found anyway.
        """
        uncalled = {place for place in self.handed - called if place[0] != path}
        callers: dict[Place, set[Place]] = {}
        for each in missed.values():
            uncalled |= each.uncalled
            for place, calling in each.callers.items():
                callers.setdefault(place, set()).update(calling)
        needed = {}
        for point, each in missed.items():
            places = each.decisive.union(*(each.callers[place] for place in each.callers.keys() & uncalled))
            places.update(*(callers[place] for place in callers.keys() & each.uncalled))
            needed[point] = frozenset(places - self._opened.keys())
        return {point: places for point, places in needed.items() if places}

    @property
    def has_left_out(self) -> bool:
        """Whether any function was passed over so far."""
        return bool(self._results or self.imports.places)

    @property
    def is_suspended(self) -> bool:
        """Whether everything is looked into."""
        return self._suspended > 0

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Evaluate what is kept for other modules: everything is looked into."""
        self._suspended += 1
        try:
            yield
        finally:
            self._suspended -= 1

    @contextmanager
    def looking_into(self, code: FunctionCode) -> Iterator[None]:
        """Run a function, and look into what it calls if that is needed as well."""
        whole = self._opened.get(code.place)
        self._within += whole is False
        try:
            with self.suspended() if whole else nullcontext():
                yield
        finally:
            self._within -= whole is False

    def is_needed(self, code: FunctionCode) -> bool:
        """Whether a function has turned out to be needed."""
        return code.place in self._opened

    def passes_over(self, code: FunctionCode) -> bool:
        """Whether a function that leads to no loss is not looked into."""
        return not (self._suspended or self.is_needed(code))

    def unknown(self, place: Place, reason: str, number: int, at: Range) -> Unknown:
        """What is not known as long as what stands at a place is not looked into.

        number: that of the frame in which this is so.
        """
        self.missed.is_partial |= self._within > 0
        self._results.setdefault(reason, set()).add(place)
        return Unknown(Symbol(_PASSED_OVER, (place, number, at)), reason)

    def left_open(self, code: FunctionCode, number: int, at: Range, receiver: Value | None = None) -> Unknown:
        """What a call gives that is not looked into.

        receiver: what the function is given first; it is needed as a whole.
        """
        unknown = self.unknown(code.place, f"`{code.qualified}` is not looked into", number, at)
        places = self._results[unknown.reason]
        for atom in () if receiver is None else receiver.atoms:
            if isinstance(atom, Reference):
                places.update(
                    each.place for each in self.left_out.get(atom.number, ()) if each.name == "__init__"
                )
        return unknown

    def note_twin(self, number: int, twin: int) -> None:
        """Note that an object is a copy of another."""
        if number in self.left_out:
            self.left_out[twin] = dict(self.left_out[number])
        if number in self.with_loss:
            self.with_loss.add(twin)
        if number in self.with_functions:
            self.with_functions[twin] = set(self.with_functions[number])

    def may_call(self, place: Place, functions: Iterable[Place]) -> None:
        """Note that what stands at a place and was passed over may call functions."""
        for each in functions:
            self.missed.callers.setdefault(each, set()).add(place)

    def is_passed_over(self, reason: str) -> bool:
        """Whether something is not known for a reason because something was passed over."""
        return reason in self._results

    def follows(self, reason: str, *atoms: Atom) -> None:
        """Note that something is not known for a reason, where it might be if these were."""
        for atom in atoms:
            if isinstance(atom, Unknown | TensorFacts) and atom.reason in self._results:
                self._results.setdefault(reason, set()).update(self._results[atom.reason])

    def miss(self, reason: str, running: Iterable[object] = ()) -> None:
        """Note that what is not known for this reason matters.

        running: the functions around it; where a parameter is not known, what was passed over may call these.
        """
        self.missed.decisive |= self._results.get(reason, frozenset())
        if reason in self.unfilled:
            self.missed.uncalled.update(each.place for each in running if isinstance(each, FunctionCode))

    def follows_from(self, reason: str, names: Iterable[str]) -> None:
        """Note that something is not known for a reason, where it might be if these were looked into."""
        if places := self.imports.places_of(names):
            self._results.setdefault(reason, set()).update(places)

    def miss_imports(self, names: Iterable[str] | None = None) -> None:
        """Note that it matters what stands behind these names, or behind all that are closed."""
        self.missed.decisive |= self.imports.places if names is None else self.imports.places_of(names)

    def miss_condition(self, guard: Guard) -> None:
        """Note that it matters whether the conditions hold."""
        for literal in guard - self.assumed:
            self.missed.decisive.update(origins(literal.symbol))


def origins(symbol: Symbol) -> set[Place]:
    """The functions passed over from which the identity of a value or of a condition derives."""
    found: set[Place] = set()
    waiting, seen = [symbol], set[int]()
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        if current.kind == _PASSED_OVER:
            found.add(current.parts[0])  # type: ignore[arg-type]
        else:
            waiting.extend(part for part in current.parts if isinstance(part, Symbol))
    return found
