"""The state of an evaluation: frames, the heap, the path at hand, and the budget."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Hashable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from itertools import count
from typing import TYPE_CHECKING

from msgspec import Struct, field

from lossguard.analysis.domain import (
    ALWAYS,
    NONE,
    Atom,
    Guard,
    Items,
    Literal,
    Reference,
    Store,
    Symbol,
    Unknown,
    Value,
    choose,
    of,
)
from lossguard.analysis.interpreter.budget import Budget
from lossguard.analysis.interpreter.demand import Demand
from lossguard.analysis.interpreter.summaries import EFFECTS, MODES, Heap, Summaries
from lossguard.analysis.places import Place, Range
from lossguard.diagnostics import Span, TraceStep
from lossguard.facts import TensorFacts

if TYPE_CHECKING:
    from lossguard.analysis import ir
    from lossguard.analysis.interpreter.library import Library
    from lossguard.analysis.interpreter.records import FunctionCode
    from lossguard.analysis.program import Program
    from lossguard.analysis.project import Module

MAX_DEPTH = 24
MAX_TRACE = 12
MAX_EXCERPT = 60


class Arguments(Struct, frozen=True):
    """The actual arguments of a call.

    places: where each positional argument stands; keyword_places likewise by name.
    open: there may be more arguments, from ``*args`` or ``**kwargs`` of unknown content.
    """

    positional: tuple[Value, ...] = ()
    keywords: Mapping[str, Value] = field(default_factory=dict)
    open: bool = False
    places: tuple[Range | None, ...] = ()
    keyword_places: Mapping[str, Range] = field(default_factory=dict)

    @property
    def values(self) -> tuple[Value, ...]:
        """Every argument."""
        return (*self.positional, *self.keywords.values())

    def get(self, position: int | None, *names: str) -> Value | None:
        """The argument at a position or under one of its names."""
        if position is not None and position < len(self.positional):
            return self.positional[position]
        return next((self.keywords[name] for name in names if name in self.keywords), None)

    def without_first(self, number: int = 1) -> Arguments:
        """The arguments after the first ones."""
        return Arguments(
            self.positional[number:], self.keywords, self.open, self.places[number:], self.keyword_places
        )

    def with_first(self, *values: Value) -> Arguments:
        """The arguments with more in front."""
        places = (None,) * len(values) + self.places
        return Arguments((*values, *self.positional), self.keywords, self.open, places, self.keyword_places)

    def with_keywords(self, keywords: Mapping[str, Value]) -> Arguments:
        """The arguments with others in the place of those that are given by name."""
        return Arguments(self.positional, keywords, self.open, self.places, self.keyword_places)


class Frame(Struct, eq=False):
    """One activation of a function, a class body or a module body.

    parent: the frame of the enclosing function, for free variables.
    returns: what has been returned so far, and under which conditions.
    unused: the expression whose value the statement at hand does not take.
    """

    module: Module
    number: int
    name: str
    parent: Frame | None = None
    owner: Hashable = None
    receiver: Atom | None = None
    base_path: Guard = ALWAYS
    variables: Store = field(default_factory=Store)
    outer: dict[str, bool] = field(default_factory=dict)
    returns: list[tuple[Guard, Value]] = field(default_factory=list)
    yields: list[Value] = field(default_factory=list)
    is_class_body: bool = False
    unused: Range | None = None


class Site(Struct, frozen=True, dict=True):
    """A place in the program that is being evaluated."""

    frame: Frame
    at: Range

    @cached_property
    def span(self) -> Span:
        """The place as diagnostics give it."""
        return self.frame.module.source.span(*self.at)

    @property
    def text(self) -> str:
        """The source text at this place."""
        return self.frame.module.text(self.at)

    @property
    def excerpt(self) -> str:
        """The source text on one line, cut where it is long."""
        known = self.frame.module.excerpts
        if self.at not in known:
            text = " ".join(self.text.split())
            known[self.at] = text if len(text) <= MAX_EXCERPT else f"{text[: MAX_EXCERPT - 1]}…"
        return known[self.at]

    @property
    def callee(self) -> str:
        """The source text of what the call at this place calls, without ``.forward``."""
        text = self.text
        depth = 0
        for position in range(len(text) - 1, -1, -1):
            if text[position] == ")":
                depth += 1
            elif text[position] == "(":
                depth -= 1
                if depth == 0:
                    return text[:position].removesuffix(".forward")
        return text

    def moved(self, at: Range | None) -> Site:
        """Another place in the same frame."""
        return self if at is None else Site(self.frame, at)


class Notes:
    """What is noted beside values: for good, or above what is ``kept``, while one module is evaluated.

    conditions: the source text of each comparison with a constant, for messages.
    constructed: what the constructors of the library's objects were given, and where, by the object's number.
    sites: where each object was made; the frame is the module's, for that of the function may be gone.
    """

    def __init__(self, kept: Notes | None = None) -> None:
        self.conditions: MutableMapping[Symbol, str] = {}
        self.constructed: MutableMapping[int, tuple[Arguments, Site]] = {}
        self.sites: MutableMapping[int, Site] = {}
        if kept is not None:
            self.conditions = ChainMap({}, kept.conditions)
            self.constructed = ChainMap({}, kept.constructed)
            self.sites = ChainMap({}, kept.sites)

    def note_twin(self, number: int, twin: int) -> None:
        """Note that an object is a copy of another."""
        if number in self.constructed:
            self.constructed[twin] = self.constructed[number]
        if number in self.sites:
            self.sites[twin] = self.sites[number]


class Machine:
    """The state that every part of the interpreter shares.

    path: the conditions under which the code at hand runs.
    choices: those among them under which the value called is the one at hand.
    called: where the functions stand that code of the project has called and that have come to their end.
    closures: the functions that the code at hand has defined within others, and lambdas.
    reached: the calls that were evaluated, by their ``id``.
    tedious: the functions that have used up what they were allowed, and are not called again.
    given_up: counts the calls of which nothing is known because they take too long.
    main: the module that is evaluated.
    changing: what a loop changes in each of its rounds, by where it stands.
    surface: where the one function stands that is looked into, beside those that it defines; None: all are.
    conditions, constructed, sites: as ``Notes`` has them.

    A mode of the library, such as recording gradients, is in force for all code that is evaluated inside a
    context manager; the heap holds the manager that governs it, so that branches are joined.
    """

    def __init__(self, program: Program, library: Library) -> None:
        self.program = program
        self.library = library
        self.heap = Heap()
        self.summaries = Summaries(self.heap)
        self.path: Guard = ALWAYS
        self.choices: Guard = ALWAYS
        self._kept = Notes()
        self._note_in(self._kept)
        self.active: list[Hashable] = []
        self.called: set[Place] = set()
        self.closures: list[FunctionCode] = []
        self.tedious: set[FunctionCode] = set()
        self.given_up = 0
        self.main: Module | None = None
        self._numbers = count(1)
        self._modes: set[str] = set()
        self.budget = Budget()
        self.demand = Demand()
        self.reached: dict[int, ir.Call] = {}
        self.spend = self.budget.spend
        self.surface: Site | None = None
        self._repeating = False
        self.changing: dict[Hashable, set[Hashable]] = {}

    def start(self, steps: int, *, surface: Site | None) -> None:
        """Start a new entry point with so many steps."""
        self.budget.renew(steps)
        self.surface = surface
        self._repeating = False
        self.summaries.begin()
        self.path = self.choices = ALWAYS
        self.active.clear()

    @contextmanager
    def running(self, main: Module, demand: Demand) -> Iterator[None]:
        """Evaluate a module with nothing known of any function, and forget what it leaves behind.

        demand: which functions are looked into.
        """
        self.demand = demand
        for noted in (self.called, self.closures, self.tedious, self.changing):
            noted.clear()
        self.reached = {}
        self.main = main
        self._note_in(Notes(self._kept))
        self.heap.branch()
        try:
            yield
        finally:
            self.heap.leave()
            self.main = None
            self.summaries.clear()
            self._note_in(self._kept)

    def _note_in(self, notes: Notes) -> None:
        self._notes = notes
        self.conditions, self.sites, self.constructed = notes.conditions, notes.sites, notes.constructed

    def note_effect(self) -> None:
        """Note that the code at hand does something that each call of it does anew."""
        self.heap.touch(EFFECTS)

    def next_number(self) -> int:
        """A number that nothing else has."""
        return next(self._numbers)

    def unknown(self, kind: str, site: Site, reason: str = "", *parts: Hashable) -> Value:
        """An unknown value whose identity is the place that makes it."""
        return of(Unknown(Symbol(kind, (site.frame.number, site.at, *parts)), reason))

    def allocate(self, kind: str, site: Site | None, type_: Atom | None = None) -> Reference:
        """Make a new object."""
        reference = Reference(self.next_number(), kind, type_)
        if site is not None:
            self.sites[reference.number] = Site(site.frame.module.frame, site.at)
        return reference

    def attributes(self, reference: Reference) -> dict[Hashable, Value]:
        """What an object has and what it holds, by name."""
        self.heap.get((reference.number, ""))  # it is looked at even where it has nothing
        names = (key[1] for key in self.heap.names() if isinstance(key, tuple) and key[0] == reference.number)
        held = {name: self.heap.get((reference.number, name)) for name in sorted(names)}
        return {name: value for name, value in held.items() if value is not None}

    def twin(self, reference: Reference) -> Reference:
        """Make an object of which the same is known as of another, but for its attributes."""
        twin = self.allocate(reference.kind, None, reference.type)
        self._notes.note_twin(reference.number, twin.number)
        self.demand.note_twin(reference.number, twin.number)
        return twin

    def new_list(self, items: Items, site: Site | None = None) -> Value:
        """Make a list."""
        reference = self.allocate("list", site)
        self.heap.set((reference.number, "items"), of(items))
        return of(reference)

    def content(self, reference: Reference) -> Value:
        """What a list or a dictionary holds: ``Items`` or ``Entries``."""
        return self.heap.get((reference.number, "items")) or of(Items((), exact=False))

    def mode(self, name: str) -> tuple[Reference | None, ...]:
        """The managers that may govern a mode of the library; None for one that is not known, or for none."""
        value = (self.heap.get((MODES, name)) or NONE).under(self.path)
        return tuple(atom if isinstance(atom, Reference) else None for atom in value.atoms)

    def mode_is_open_for(self, name: str) -> Iterator[str]:
        """Why it is not known what governs a mode of the library."""
        value = (self.heap.get((MODES, name)) or NONE).under(self.path)
        return (atom.reason for atom in value.atoms if isinstance(atom, Unknown))

    def set_mode(self, name: str, value: Value) -> None:
        """Let a manager govern a mode from here on."""
        if name not in self._modes:
            self._modes.add(name)
            with self.heap.at_bottom():
                self.heap.set((MODES, name), NONE)
        if self.heap.get((MODES, name)) != value:
            self.heap.set((MODES, name), value)

    def enter(self, manager: Value) -> None:
        """Let a manager govern the modes that it sets; what may set any leaves none known."""
        alternatives = manager.under(self.path).alternatives
        governed = [self.library.governs(self, atom) for _, atom in alternatives]
        for name in self._modes.union(*(names for names in governed if names is not None)):
            before = self.heap.get((MODES, name)) or NONE
            cases = [
                (guard, _ungoverned(atom) if names is None else of(atom) if name in names else before)
                for (guard, atom), names in zip(alternatives, governed, strict=True)
            ]
            self.set_mode(name, choose(cases))

    @contextmanager
    def modes_restored(self, *, known: bool = True) -> Iterator[None]:
        """Evaluate code after which the modes are what they were; not ``known``: out of any context."""
        before = {name: self.heap.get((MODES, name)) or NONE for name in self._modes}
        for name in () if known else before:
            self.set_mode(name, NONE)
        try:
            yield
        finally:
            for name in self._modes:
                self.set_mode(name, before.get(name, NONE))

    @contextmanager
    def at_definition(self, module: Module) -> Iterator[None]:
        """Evaluate what a module or a class in it defines: once for all, with a budget of its own.

        Modules that are imported see nothing of what the main one holds, which is forgotten with it.
        """
        with (
            self.shared(module),
            self.on_every_path(),
            self.budget.apart(),
            self.heap.at_bottom(2 if module is self.main else 1),
            self.modes_restored(known=False),
        ):
            yield

    @contextmanager
    def shared(self, module: Module) -> Iterator[None]:
        """Evaluate something of a module, which is kept for all that import it."""
        if module is self.main:
            yield
            return
        before = self._notes
        self._note_in(self._kept)
        try:
            with self.demand.suspended():
                yield
        finally:
            self._note_in(before)

    @contextmanager
    def on_every_path(self) -> Iterator[None]:
        """Evaluate what is the same under any conditions."""
        before = self.path, self.choices
        self.path, self.choices = ALWAYS, ALWAYS
        try:
            yield
        finally:
            self.path, self.choices = before

    @contextmanager
    def assuming(self, guard: Guard) -> Iterator[None]:
        """Evaluate under more conditions."""
        before = self.path
        self.path = before | guard
        try:
            yield
        finally:
            self.path = before

    def each(
        self, frame: Frame, cases: Sequence[tuple[Guard, Callable[[], Value]]]
    ) -> list[tuple[Guard, Value]]:
        """Evaluate alternatives that exclude each other, and join their effects."""
        before = self.path
        if len(cases) == 1:
            guard, evaluate = cases[0]
            self.path = before | guard
            try:
                return [(guard, evaluate())]
            finally:
                self.path = before
        results, variables, heap = [], [], []
        for guard, evaluate in cases:
            self.heap.branch()
            frame.variables.branch()
            self.path = before | guard
            try:
                results.append((guard, evaluate()))
            finally:
                self.path = before
                heap.append((guard, self.heap.leave()))
                variables.append((guard, frame.variables.leave()))
        self.heap.join(heap)
        frame.variables.join(variables)
        return results

    def call_each(self, callee: Value, frame: Frame, call: Callable[[Atom], Value]) -> Value:
        """Call the alternatives of a value; what they do holds only if the value is that alternative."""
        alternatives = callee.under(self.path).alternatives
        if len(alternatives) > 1:
            cases = [(guard, partial(self._chosen, guard, call, atom)) for guard, atom in alternatives]
            return choose(self.each(frame, cases))
        ((guard, atom),) = alternatives
        return choose(self.each(frame, [(guard, partial(call, atom))])) if guard else call(atom)

    def _chosen(self, guard: Guard, call: Callable[[Atom], Value], atom: Atom) -> Value:
        before, self.choices = self.choices, self.choices | guard
        try:
            return call(atom)
        finally:
            self.choices = before

    def signed(self, symbol: Symbol, holds: bool) -> Literal:
        """The condition that ``symbol`` holds or not, negations resolved."""
        while symbol.kind == "not" and isinstance(symbol.parts[0], Symbol):
            symbol, holds = symbol.parts[0], not holds
        return Literal(symbol, holds)

    def explained(self, value: Value, site: Site, *operands: Atom) -> Value:
        """Note where knowledge of a tensor's space ended: at an operand, or else at what is called here."""
        if not any(isinstance(atom, TensorFacts) and atom.is_unexplained for atom in value.atoms):
            return value
        reasons = [
            each.reason for each in operands if isinstance(each, Unknown | TensorFacts) and each.reason
        ]
        reason = next(filter(self.demand.is_passed_over, reasons), reasons[0] if reasons else "")
        reason = reason or f"the values that `{site.excerpt}` gives are not known"

        def explain(atom: Atom) -> Atom:
            if isinstance(atom, TensorFacts) and atom.is_unexplained:
                return atom.replace(reason=reason)
            return atom

        return value.map(explain)

    def add_step(self, value: Value, site: Site, message: str | None = None) -> Value:
        """Note a hop on the way of every tensor in ``value``; that what stands here gives it, by default."""
        if not any(isinstance(atom, (TensorFacts, Items)) for atom in value.atoms):
            return value
        step = TraceStep(site.span, message or f"`{site.excerpt}` gives it")
        return Value(tuple((guard, self._stepped(atom, step)) for guard, atom in value.alternatives))

    def _stepped(self, atom: Atom, step: TraceStep, depth: int = 0) -> Atom:
        if isinstance(atom, TensorFacts):
            if atom.operation is None or len(atom.steps) >= MAX_TRACE:
                return atom
            last = atom.steps[-1] if atom.steps else None
            if last is not None and (last.span.path, last.span.line) == (step.span.path, step.span.line):
                return atom
            return atom.replace(steps=(*atom.steps, step))
        if isinstance(atom, Items) and depth < 2 and len(atom.values) < 16:
            return Items(
                tuple(
                    Value(tuple((g, self._stepped(a, step, depth + 1)) for g, a in item.alternatives))
                    for item in atom.values
                ),
                atom.exact,
            )
        return atom


def _ungoverned(manager: Atom) -> Value:
    """What is in force inside a manager that may set any mode."""
    return of(manager) if isinstance(manager, Unknown) else NONE
