"""Evaluates the entry points of a program: module bodies, and what in them may meet a loss."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import partial
from weakref import WeakKeyDictionary

from lossguard.analysis import contexts
from lossguard.analysis.domain import NONE, Atom, Code, Unknown, Value, of
from lossguard.analysis.frameworks import TRAINED_ON, is_module_base
from lossguard.analysis.gradients import Gradients
from lossguard.analysis.index import Unit
from lossguard.analysis.inherited import Methods, inherited, methods_of
from lossguard.analysis.interpreter import Interpreter
from lossguard.analysis.interpreter.budget import LimitReached
from lossguard.analysis.interpreter.demand import Demand
from lossguard.analysis.interpreter.machine import Arguments, Site
from lossguard.analysis.interpreter.records import ClassCode, FunctionCode
from lossguard.analysis.losses import LossEvent
from lossguard.analysis.observations import Observations, Observed, Standing
from lossguard.analysis.outcomes import Outcomes, Stop
from lossguard.analysis.places import Place, Range
from lossguard.analysis.program import RUN_BY_OTHERS, Program
from lossguard.analysis.project import Module, Project
from lossguard.analysis.scenarios import scenarios
from lossguard.analysis.usage import classes_by_usage
from lossguard.contracts import Space
from lossguard.diagnostics import Span
from lossguard.facts import LossCall, Source, TensorFacts

_LOG = logging.getLogger("lossguard")
_RECURSION_LIMIT = 12_000
MAX_FILE_STEPS = 120_000
"""What the entry points of a file may take together."""
MAX_REFINEMENTS = 5
"""How often a module is evaluated again, each time with more looked into."""
SURFACE_STEPS = 2_000
"""What an entry point may take beyond that, on its surface alone."""

START = Range(1, 1, 1, 1)


class EntryPoints:
    """Evaluates the modules of one project, each by itself, and notes the loss calls that are met.

    is_doubtful: tells whether something may be wrong with a loss call.
    """

    def __init__(self, project: Project, is_doubtful: Callable[[LossCall], bool]) -> None:
        self._project = project
        self._is_doubtful = is_doubtful
        self._seen = Observations()
        self._outcomes = Outcomes()
        self._spent = 0
        self._methods: WeakKeyDictionary[ClassCode, Methods] = WeakKeyDictionary()
        self._program = Program(project)
        self._library = Gradients(self._met, self._seen.differentiated, project.vocabulary)
        self._library.relied = self._relied
        self._machine = Interpreter(self._program, self._library)

    def evaluate(self, module: Module) -> Observed:
        """Evaluate every entry point of a module that may lead to a loss call.

        It is evaluated as Python runs a script: as a module of its own beside the one that others import. The
        script comes first, and then what stands last, for it calls what stands before it. What comes out
        depends on the module and what it imports, and not on what was evaluated before.
        """
        self._program.start()
        opened: dict[Place, bool] = {}
        demand = Demand()
        observed = self._evaluated(module.as_main(), demand, Outcomes())
        whole = False
        for _ in range(MAX_REFINEMENTS):
            outcomes, path = self._outcomes, module.source.path
            again: set[Hashable]
            if needed := demand.needed(outcomes.missed, outcomes.called, path):
                again = {*needed}
                places = frozenset().union(*needed.values())
                opened |= dict.fromkeys(places, whole)
                whole |= not places <= demand.imports.places
            elif again := outcomes.partial(START):
                opened = dict.fromkeys(opened, True)
            else:
                break
            demand = Demand(opened, demand.long)
            observed = self._evaluated(module.as_main(), demand, outcomes.next({START, *again}))
        return observed

    def _evaluated(self, module: Module, demand: Demand, outcomes: Outcomes) -> Observed:
        """Evaluate the script and the entry points after it; ``outcomes``: what they come to, or came to."""
        self._seen.forget()
        self._outcomes, self._spent = outcomes, 0
        with _deep_recursion(), self._machine.running(module, demand):
            run = partial(self._program.run, self._machine, module)
            self._point(START, partial(self._entry, run, Site(module.frame, START), module.name))
            self._enter_module(module, self._project.leading(module))
        return self._outcomes.observed()

    def _point(self, point: Range, evaluate: Callable[[], None]) -> None:
        """Evaluate an entry point that is a unit of the module, where it was not or misses something."""
        self._outcomes.of(point, partial(self._noted, evaluate))

    def _noted(self, evaluate: Callable[[], None]) -> None:
        """Evaluate an entry point and note what it comes to."""
        machine, outcome = self._machine, self._outcomes.now
        tedious, given_up = frozenset(machine.tedious), machine.given_up
        machine.demand.missed, machine.reached = outcome.missed, outcome.reached
        evaluate()
        outcome.entries = self._seen.taken()
        outcome.is_cut_short = bool(outcome.stops) or machine.given_up > given_up
        outcome.tedious = {
            _stop(Site(each.module.frame, each.lowered.at), each.qualified)
            for each in machine.tedious - tedious
        }

    def _relied(self, span: Span) -> None:
        self._outcomes.now.relied.add(span)

    def _met(self, event: LossEvent) -> None:
        """Note a loss call, and what of it hangs on a function that was not looked into.

        Under which conditions the program comes to a call matters only where it may be wrong.
        """
        demand = self._machine.demand
        visit = tuple(scenarios(event))
        self._seen.called(event, visit)
        for name, given in event.given.items():
            running = self._machine.active if name == event.contract.input else ()
            for atom in given.value.under(event.path).atoms:
                demand.miss(_open_for(atom, shape=True, source=True), running)
                demand.missed.has_open_input |= name == event.contract.input and bool(
                    _open_for(atom, shape=not event.contract.expects)
                )
        if not demand.has_left_out:
            return
        is_doubtful = any(self._is_doubtful(scenario.call) for _, scenario in visit)
        for mode in (contexts.AUTOCAST, contexts.GRADIENT):
            if is_doubtful or (mode == contexts.AUTOCAST and event.contract.value_dtypes):
                for reason in self._machine.mode_is_open_for(mode):
                    demand.miss(reason)
        if is_doubtful:
            demand.miss_imports()
            for guard in (event.path, event.choices, *(own for own, _ in visit)):
                demand.miss_condition(guard)

    def _enter_module(self, module: Module, relevant: frozenset[str]) -> None:
        at_top = dict.fromkeys(reversed(module.index.units))
        for unit in (*at_top, *(each for each in module.index.definitions.values() if each not in at_top)):
            if unit.kind != "statement" and unit.mentions(relevant):
                self._point(unit.at, partial(self._enter_unit, module, unit, relevant))

    def _enter_unit(self, module: Module, unit: Unit, relevant: frozenset[str]) -> None:
        site = Site(module.frame, unit.at)
        atom = self._bound(module, unit, site)
        if atom is None:
            return
        if unit.kind == "function":
            self._enter_function(atom, unit, Arguments(open=True), site)
        elif atom.kind == "class":
            self._enter_class(atom, unit, relevant, site)

    def _bound(self, module: Module, unit: Unit, site: Site) -> Code | None:
        """The function or class that a unit defines."""
        bound: list[Value] = []
        run = partial(self._program.bind_unit, self._machine, module, unit)
        self._at_least_on_surface(lambda: bound.append(run()), site, unit.name)
        atom = bound[0].single if bound else None
        return atom if isinstance(atom, Code) else None

    def _enter_class(self, class_: Code, unit: Unit, relevant: frozenset[str], site: Site) -> None:
        """Evaluate the methods that matter on an instance made with unknown arguments."""
        owner: ClassCode = class_.definition
        namespace: dict[str, Value] = {}
        run = partial(self._program.class_namespace, self._machine, owner)
        self._entry(lambda: namespace.update(run()), site, unit.name)
        reaching = self._class_relevant(unit, relevant)
        methods = [
            (atom, member)
            for member in reversed(unit.members)
            if member.kind == "function" and member.name != "__init__"
            if member.mentions(reaching)
            if isinstance(atom := namespace.get(member.name, NONE).single, Code) and atom.kind == "function"
        ]
        further = list(self._inherited(class_, unit))
        if not methods and not further:
            return
        self._machine.heap.branch()
        try:
            instance = self._instance(class_, site)
            arguments = Arguments((instance,), open=True)
            for method, member in methods:
                self._enter_function(method, member, arguments, site)
            for code in further:
                own = Site(code.module.frame, code.lowered.at)
                self._entry(
                    partial(self._train, code, arguments, own),
                    own,
                    code.qualified,
                    standing=Standing.INHERITED,
                )
        finally:
            self._machine.heap.leave()

    def _inherited(self, class_: Code, unit: Unit) -> Iterator[FunctionCode]:
        """The methods of base classes that may meet a loss by what the class contributes."""
        owners = [each for each in self._machine.ancestry(class_) if isinstance(each, ClassCode)]
        bases = [self._methods_of(each) for each in owners if each is not class_.definition]
        for name in inherited(unit.members, bases):
            method = self._machine.find_method(class_, name)
            if isinstance(method, FunctionCode):
                yield method

    def _methods_of(self, base: ClassCode) -> Methods:
        if base not in self._methods:
            leading, index = self._project.leading(base.module) - {base.name}, base.module.index
            called = leading & {*index.definitions, *index.imports}
            self._methods[base] = methods_of(base.members, self._project.vocabulary.names, called, leading)
        return self._methods[base]

    def _enter_function(self, function: Code, unit: Unit, arguments: Arguments, site: Site) -> None:
        if function.kind != "function":
            return
        place = site.frame.module.source.path, unit.at
        called = self._outcomes.has_called(place)
        names_loss = unit.mentions(self._project.vocabulary.names)
        if not called or (names_loss and not self._was_run_whole(function.definition, unit)):
            own = Site(site.frame, unit.at)
            run = partial(self._train, function.definition, arguments, site)
            self._entry(run, own, unit.name, place, Standing.LAST if called else Standing.FULL)
        if names_loss:
            self._enter_with_modules(function, unit, arguments, site)

    def _was_run_whole(self, code: FunctionCode, unit: Unit) -> bool:
        """Whether every call in the function of a unit was evaluated: it meets no other loss by itself.

        That is not known where a decorator has put another function in its place.
        """
        if code.unit is not unit:
            return False
        return all(self._outcomes.has_reached(each) for each in code.calls)

    def _enter_with_modules(self, function: Code, unit: Unit, arguments: Arguments, site: Site) -> None:
        """Call a function once more, with a module for each parameter whose use tells its class."""
        module: Module = function.definition.module
        classes = classes_by_usage(unit, module.methods, len(arguments.positional))
        if not classes:
            return
        made: dict[str, Value] = {}
        self._machine.heap.branch()
        try:
            for name, class_ in classes.items():
                atom = self._bound(module, class_, site)
                if atom is not None and self._is_module(atom):
                    made[name] = self._instance(atom, site)
            if made:
                run = partial(self._train, function.definition, arguments.with_keywords(made), site)
                self._entry(run, Site(site.frame, unit.at), unit.name)
        finally:
            self._machine.heap.leave()

    def _is_module(self, class_: Code) -> bool:
        ancestry = self._machine.ancestry(class_)
        return any(isinstance(each, str) and is_module_base(each) for each in ancestry)

    def _class_relevant(self, unit: Unit, relevant: frozenset[str]) -> frozenset[str]:
        names = {m.name for m in unit.members if m.kind == "function" and m.mentions(relevant)}
        return relevant | (names - RUN_BY_OTHERS)

    def _instance(self, class_: Code, site: Site) -> Value:
        """An instance made with unknown arguments; what its ``__init__`` sets before a limit stays."""
        machine = self._machine
        reference = machine.allocate("object", site, class_)
        method = machine.find_method(class_, "__init__")
        if isinstance(method, FunctionCode):
            arguments = Arguments((of(reference),), open=True)
            self._at_least_on_surface(partial(self._call, method, arguments, site), site, method.qualified)
        return of(reference)

    def _call(self, code: FunctionCode, arguments: Arguments, site: Site) -> Value:
        return self._machine.call_function(code, arguments, site, entry=True)

    def _train(self, code: FunctionCode, arguments: Arguments, site: Site) -> None:
        """Call a function; a framework may train on the loss that it returns."""
        result = self._call(code, arguments, site)
        base = TRAINED_ON.get(code.name)
        if base is None or code.owner is None:
            return
        bases = [each for each in self._machine.ancestry(Code("class", code.owner)) if isinstance(each, str)]
        self._machine.demand.miss_imports(bases)
        if any(each.endswith(base) for each in bases):
            place = Site(code.module.frame, code.lowered.at)
            self._library.train_on_result(self._machine, result, place, code.qualified)

    def _entry(
        self,
        run: Callable[[], object],
        site: Site,
        name: str,
        function: Place | None = None,
        standing: Standing = Standing.FULL,
    ) -> None:
        """Evaluate one entry point; what it leaves on the heap is forgotten.

        Where it is not evaluated to its end, the rest of its loss calls are found on its surface.
        """
        if not self._apart(run, site, name, function, standing):
            self._apart(run, site, name, function, Standing.LAST, on_surface=True)

    def _apart(
        self,
        run: Callable[[], object],
        site: Site,
        name: str,
        function: Place | None,
        standing: Standing,
        *,
        on_surface: bool = False,
    ) -> bool:
        self._machine.heap.branch()
        try:
            with self._meeting(function, standing):
                ended = self._within_budget(run, site, name, on_surface)
            self._enter_closures()
            return ended
        finally:
            self._machine.heap.leave()

    @contextmanager
    def _meeting(self, function: Place | None, standing: Standing) -> Iterator[None]:
        """Evaluate an entry point and note what it meets."""
        with self._seen.entry(self._machine.called, function, standing):
            yield
        self._outcomes.now.called |= self._machine.called
        self._machine.called.clear()

    def _enter_closures(self) -> None:
        """Evaluate what has been defined on the way and not been called: others may call it."""
        while self._machine.closures:
            code = self._machine.closures.pop()
            site = Site(code.module.frame, code.lowered.at)
            if self._outcomes.has_called(code.place) or self._outcomes.has_entered(code.place):
                continue
            self._outcomes.now.entered.add(code.place)
            if not any(name in site.text for name in self._project.leading(code.module)):
                continue
            with self._meeting(None, Standing.LAST):
                self._at_least_on_surface(partial(self._call_closure, code, site), site, code.qualified)

    def _call_closure(self, code: FunctionCode, site: Site) -> None:
        receiver = () if code.owner is None else (self._instance(Code("class", code.owner), site),)
        self._call(code, Arguments(receiver, open=True), site)

    def _at_least_on_surface(self, run: Callable[[], object], site: Site, name: str) -> None:
        if not self._within_budget(run, site, name):
            self._within_budget(run, site, name, on_surface=True)

    def _within_budget(
        self, run: Callable[[], object], site: Site, name: str, on_surface: bool = False
    ) -> bool:
        """Evaluate something with what the module has left; gives whether it came to its end."""
        budget = self._machine.budget
        allowed = SURFACE_STEPS if on_surface else MAX_FILE_STEPS - self._spent
        self._machine.start(allowed, surface=site if on_surface else None)
        steps = budget.remaining
        try:
            run()
        except (LimitReached, RecursionError):
            if not on_surface:
                self._outcomes.now.stops.append(_stop(site, name))
            return False
        except Exception:  # noqa: BLE001 - a defect here must not keep other files from being checked
            _LOG.debug("an entry point was given up", exc_info=True)
        finally:
            self._spent += steps - budget.remaining
        return True


def _stop(site: Site, name: str) -> Stop:
    """Report that what begins at a place was not evaluated to its end."""
    line, column = site.at.line, site.at.column
    return site.frame.module.source.span(line, column, line, column), name


def _open_for(atom: Atom, *, shape: bool, source: bool = False) -> str:
    """Why a value is not known; ``shape``: or the shape of a tensor; ``source``: or where one comes from."""
    if isinstance(atom, TensorFacts):
        is_open = (
            atom.space is Space.UNKNOWN
            or (shape and atom.shape is None)
            or (source and atom.source is Source.UNKNOWN)
        )
        return atom.reason if is_open else ""
    return atom.reason if isinstance(atom, Unknown) else ""


@contextmanager
def _deep_recursion() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _RECURSION_LIMIT))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
