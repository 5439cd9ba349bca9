"""Calls of functions of the project: parameters, budgets, summaries."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable

from lossguard.analysis import ir
from lossguard.analysis.domain import (
    NONE,
    Code,
    Entries,
    Items,
    Literally,
    Reference,
    Symbol,
    Unknown,
    Value,
    of,
)
from lossguard.analysis.interpreter.budget import LimitReached
from lossguard.analysis.interpreter.machine import MAX_DEPTH, Arguments, Frame, Site
from lossguard.analysis.interpreter.records import FunctionCode
from lossguard.analysis.interpreter.relevance import Relevance

MAX_RECURSION = 2
TEDIOUS_STEPS = 2_000
PEEK_STEPS = 100
"""What a call may take that leads to no loss, before anybody needs what it gives."""
EFFECT_STEPS = 300
"""The same where the call stands alone, for what it does to an object."""


class Calls(Relevance):
    """Calls functions."""

    @abstractmethod
    def run_body(self, code: FunctionCode, frame: Frame) -> Value:
        """Execute the body of a function in ``frame`` and give what it returns."""

    @abstractmethod
    def evaluate(self, expression: ir.Expression, frame: Frame) -> Value:
        """Evaluate an expression."""

    def call_function(
        self, code: FunctionCode, arguments: Arguments, site: Site, entry: bool = False
    ) -> Value:
        """Run a function of the project; parameters that an entry point leaves open stay unknown."""
        self.spend()
        if not entry and self._is_passed_over(code):
            return self._given_up(code, site)
        if len(self.active) >= MAX_DEPTH or self.active.count(code) >= MAX_RECURSION:
            return self.unknown("call", site, f"`{code.qualified}` is called too deeply", code.qualified)
        if not entry and self.is_beside_the_point(code, arguments):
            result = self._peek(code, arguments, site)
        else:
            result = self._look_into(code, arguments, site, entry)
        return self.add_step(result, site)

    def _given_up(self, code: FunctionCode, site: Site) -> Value:
        """What a call gives that takes too long."""
        self.given_up += 1
        return self.unknown("call", site, f"`{code.qualified}` takes too long", code.qualified)

    def _is_passed_over(self, code: FunctionCode) -> bool:
        """Whether a call is not looked into: it has taken too long before, or lies below the surface."""
        if code in self.tedious:
            return True
        surface = self.surface
        if surface is None or code.scope is not None:
            return False
        return code.unit is None or (code.module.frame, code.unit.at) != (surface.frame, surface.at)

    def _look_into(self, code: FunctionCode, arguments: Arguments, site: Site, entry: bool) -> Value:
        if entry or code.scope is not None:
            return self._run(code, arguments, site, entry)
        if not self._is_closed(code, arguments):
            return self._summarised(code, arguments, site, (site.frame.module.name, site.at))
        with self.on_every_path():
            return self._summarised(code, arguments, site, None)

    def call_back(self, arguments: Arguments, site: Site) -> None:
        """Run the closures that something unknown is given, as an optimizer's ``step(closure)`` would."""
        for value in arguments.values:
            atom = value.single
            if isinstance(atom, Code) and atom.kind == "function" and atom.definition.scope is not None:
                self.call_function(atom.definition, Arguments(open=True), site, entry=True)

    # What leads to no loss

    def _peek(self, code: FunctionCode, arguments: Arguments, site: Site) -> Value:
        """Run a function if it is short; where it is not, what it gives is unknown, and nothing was done."""
        if code.place in self.demand.long:
            return self._left_out(code, arguments, site)
        if self.budget.peeking:
            return self._look_into(code, arguments, site, entry=False)
        self.heap.branch()
        try:
            with self.budget.peek(EFFECT_STEPS if site.at == site.frame.unused else PEEK_STEPS):
                result = self._look_into(code, arguments, site, entry=False)
        except LimitReached:
            self.heap.leave()
            self.demand.long.add(code.place)
            return self._left_out(code, arguments, site)
        for key, value in self.heap.leave().items():
            self.heap.set(key, value)
        return result

    def _left_out(self, code: FunctionCode, arguments: Arguments, site: Site) -> Value:
        """Leave open what a function gives, and what it does to its arguments, or calls them with."""
        for value in arguments.values:
            self.demand.may_call(code.place, self.may_run(value))
            for atom in value.atoms:
                if isinstance(atom, Reference):
                    self.demand.left_out.setdefault(atom.number, {})[code] = None
        return of(self.demand.left_open(code, site.frame.number, site.at, arguments.get(0)))

    def _is_closed(self, code: FunctionCode, arguments: Arguments) -> bool:
        """Whether a call gives the same wherever it stands: it gets constants, and leads to no loss."""
        return (
            not arguments.open
            and all(isinstance(value.single, Literally) for value in arguments.values)
            and not self.program.leads_to_loss(code.module)
        )

    def _summarised(self, code: FunctionCode, arguments: Arguments, site: Site, place: Hashable) -> Value:
        """Run a function, or take what the same call gave before."""
        keywords = tuple(sorted(arguments.keywords.items()))
        key = (code, arguments.positional, keywords, arguments.open, place, self.path, self.choices)
        known = self.summaries.find(key)
        if known is None:
            first = self.next_number()
            with self.heap.recording() as footprint:
                known = self._run(code, arguments, site, entry=False)
            self.summaries.keep(key, known, footprint, first, lasts=place is None)
        return known

    def _run(self, code: FunctionCode, arguments: Arguments, site: Site, entry: bool) -> Value:
        lowered = code.lowered
        frame = Frame(code.module, self.next_number(), code.qualified, code.scope, code.owner)
        frame.base_path = self.path
        self.bind_parameters(code, lowered.parameters, arguments, frame, site, entry)
        self.active.append(code)
        path = self.path
        aside = not (self.demand.is_needed(code) or self.program.leads_to_loss(code.module))
        allowance = self.budget.allowance(aside=aside)
        try:
            if entry:
                with self.modes_restored(known=False):
                    return self._run_in_contexts(code, frame)
            with self.budget.at_most(allowance), self.demand.looking_into(code):
                result = self._run_in_contexts(code, frame)
        except LimitReached:
            if entry or self.budget.peeking:
                raise
            if allowance >= TEDIOUS_STEPS:
                self.tedious.add(code)
            if self._came_to_its_end(code):
                self._note_called(code)
            return self._given_up(code, site)
        finally:
            self.active.pop()
            self.path = path
        self._note_called(code)
        return result

    def _note_called(self, code: FunctionCode) -> None:
        if not self.choices:
            self.called.add(code.place)

    def _came_to_its_end(self, code: FunctionCode) -> bool:
        """Whether the last call in a function was evaluated: what is left are further rounds of loops."""
        last = max(code.calls, key=lambda call: call.at, default=None)
        return last is None or id(last) in self.reached

    def _run_in_contexts(self, code: FunctionCode, frame: Frame) -> Value:
        """Run a function inside the context managers that decorate it."""
        if not code.contexts:
            return self.run_body(code, frame)
        with self.modes_restored():
            for manager in reversed(code.contexts):
                self.enter(manager)
            return self.run_body(code, frame)

    def bind_parameters(
        self,
        code: FunctionCode,
        parameters: tuple[ir.Formal, ...],
        arguments: Arguments,
        frame: Frame,
        site: Site,
        entry: bool,
    ) -> None:
        """Give every parameter its value."""
        positional = [p for p in parameters if not p.star and not p.keyword_only]
        names = {p.name for p in parameters if not p.star}
        for position, parameter in enumerate(parameters):
            if parameter.star == "*":
                rest = arguments.positional[len(positional) :]
                value = of(Items(rest, exact=not arguments.open))
            elif parameter.star == "**":
                extra: dict[Hashable, Value] = {k: v for k, v in arguments.keywords.items() if k not in names}
                value = of(Entries(extra, exact=not arguments.open))
                reference = self.allocate("dict", None)
                self.heap.set((reference.number, "items"), value)
                value = of(reference)
            else:
                index = None if parameter.keyword_only else position
                given = arguments.get(index, parameter.name)
                value = given or self._unfilled(code, parameter, entry or arguments.open)
                place = arguments.keyword_places.get(parameter.name)
                if index is not None and index < len(arguments.places):
                    place = place or arguments.places[index]
                if place is not None:
                    message = f"passed to `{code.qualified}` as `{parameter.name}`"
                    value = self.add_step(value, site.moved(place), message)
            frame.variables.set(parameter.name, value)
        first = parameters[0].name if parameters else None
        if code.owner is not None and first is not None:
            receiver = frame.variables.get(first)
            frame.receiver = receiver.single if receiver is not None else None

    def _unfilled(self, code: FunctionCode, parameter: ir.Formal, may_be_given: bool) -> Value:
        """A parameter without an argument: its default, unless a caller out of sight may choose another."""
        default = self._default(code, parameter)
        if default is not None and not (may_be_given and isinstance(default.single, Literally)):
            return default
        symbol = Symbol("parameter", (code.module.name, code.qualified, parameter.name))
        reason = f"parameter `{parameter.name}` of `{code.qualified}`"
        self.demand.unfilled.add(reason)
        return of(Unknown(symbol, reason))

    def _default(self, code: FunctionCode, parameter: ir.Formal) -> Value | None:
        if parameter.default is None:
            return None
        if code.defaults is None:
            code.defaults = {}
        if parameter.name not in code.defaults:
            scope = code.scope or code.module.frame
            code.defaults[parameter.name] = NONE
            with self.at_definition(code.module):
                code.defaults[parameter.name] = self.evaluate(parameter.default, scope)
        return code.defaults[parameter.name]
