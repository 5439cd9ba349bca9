"""Calls of functions of the project: parameters, budgets, summaries."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable

from lossguard.analysis import ir
from lossguard.analysis.domain import NONE, Bound, Code, Entries, Items, Literally, Symbol, Unknown, Value, of
from lossguard.analysis.interpreter.budget import LimitReached
from lossguard.analysis.interpreter.machine import MAX_DEPTH, Arguments, Frame, Machine, Site
from lossguard.analysis.interpreter.records import FunctionCode

MAX_RECURSION = 2
TEDIOUS_STEPS = 2_000
EFFECT_STEPS = 1_000
"""What a call may take that stands alone in a constructor, and leads to no loss."""


class Calls(Machine):
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
        key = ("function", id(code))
        if not entry and self._is_passed_over(code, arguments, site):
            return self.unknown("call", site, f"`{code.qualified}` takes too long", code.qualified)
        if len(self.active) >= MAX_DEPTH or self.active.count(key) >= MAX_RECURSION:
            return self.unknown("call", site, f"`{code.qualified}` is called too deeply", code.qualified)
        if entry or code.scope is not None:
            result = self._run(code, arguments, site, entry)
        elif self._is_closed(code, arguments):
            with self.on_every_path():
                result = self._summarised(code, arguments, site, None)
        else:
            result = self._summarised(code, arguments, site, (site.frame.module.name, site.at))
        return self.add_step(result, site, f"`{site.excerpt}` gives it")

    def _is_passed_over(self, code: FunctionCode, arguments: Arguments, site: Site) -> bool:
        """Whether a call is not looked into: it has taken too long before, or lies below the surface."""
        if code in self.tedious:
            return True
        if code in self.fruitless and self._is_for_effect(code, arguments, site):
            return True
        surface = self.surface
        if surface is None or code.scope is not None:
            return False
        return code.unit is None or (code.module.frame, code.unit.at) != (surface.frame, surface.at)

    def _is_for_effect(self, code: FunctionCode, arguments: Arguments, site: Site) -> bool:
        """Whether a call only sets up an object: it stands alone in a constructor, and leads to no loss.

        A function that is given another one may run that, whatever it leads to.
        """
        return (
            self.constructing > 0
            and site.at == site.frame.unused
            and code.name != "__init__"
            and not any(isinstance(atom, Code | Bound) for value in arguments.values for atom in value.atoms)
            and not self.program.concerns_loss(code)
        )

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
            self.summaries.keep(key, known, footprint, first)
        return known

    def _run(self, code: FunctionCode, arguments: Arguments, site: Site, entry: bool) -> Value:
        key = ("function", id(code))
        lowered = code.lowered
        frame = Frame(code.module, self.next_number(), code.qualified, code.scope, code.owner)
        frame.base_path = self.path
        self.bind_parameters(code, lowered.parameters, arguments, frame, site, entry)
        self.active.append(key)
        self.constructing += code.name == "__init__"
        path = self.path
        allowance = self.budget.allowance(aside=not self.program.leads_to_loss(code.module))
        if for_effect := not entry and self._is_for_effect(code, arguments, site):
            allowance = min(allowance, EFFECT_STEPS)
        try:
            if entry:
                with self.modes_restored(known=False):
                    return self._run_in_contexts(code, frame)
            with self.budget.at_most(allowance):
                result = self._run_in_contexts(code, frame)
        except LimitReached:
            if entry:
                raise
            if for_effect:
                self.fruitless.add(code)
            elif allowance >= TEDIOUS_STEPS:
                self.tedious.add(code)
            return self.unknown("call", site, f"`{code.qualified}` takes too long", code.qualified)
        finally:
            self.active.pop()
            self.constructing -= code.name == "__init__"
            self.path = path
        if not self.choices:
            self.called.add(code.place)
        return result

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
        return of(Unknown(symbol, f"parameter `{parameter.name}` of `{code.qualified}`"))

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
