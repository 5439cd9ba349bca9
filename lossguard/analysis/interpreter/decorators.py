"""Decorators: what a function or a class is after them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lossguard.analysis import ir
from lossguard.analysis.domain import Atom, Bound, Code, External, Literally, Symbol, Unknown, Value, of
from lossguard.analysis.interpreter.budget import LimitReached
from lossguard.analysis.interpreter.evaluation import Evaluation
from lossguard.analysis.interpreter.machine import Arguments, Frame, Site
from lossguard.analysis.interpreter.records import ClassCode, FunctionCode
from lossguard.analysis.interpreter.summaries import GLOBALS, MODES, Footprint
from lossguard.analysis.places import Place, Range
from lossguard.analysis.project import Module

DECORATOR_STEPS = 500


class Decorators(Evaluation):
    """Applies decorators."""

    def decorate(self, value: Value, decorators: tuple[ir.Expression, ...], frame: Frame) -> Value:
        """Apply the decorators that are functions of the project, or context managers.

        Others are taken to keep the function. So are those that take long: they write documentation or
        registries, and hand the function on. Of a property, a static or a class method only the context
        managers are looked at.
        """
        for decorator in reversed(decorators):
            try:
                with self.budget.at_most(DECORATOR_STEPS), self.demand.suspended():
                    value = self._decorated(value, decorator, frame)
            except LimitReached:
                continue
        return value

    def _decorated(self, value: Value, decorator: ir.Expression, frame: Frame) -> Value:
        if isinstance(decorator, ir.Call) and _is_plain(decorator):
            maker, given = self.evaluate(decorator.function, frame), self.arguments(decorator, frame)
            constant = not given.open and all(isinstance(each.single, Literally) for each in given.values)
            if constant and self._hands_on(maker.single, value.single, given):
                return value
        applied = self.evaluate(decorator, frame)
        atom, function = applied.single, value.single
        if not (isinstance(atom, Bound) or (isinstance(atom, Code) and atom.kind == "function")):
            if isinstance(function, Code) and function.kind == "function":
                self._in_context(function.definition, applied, Site(frame, decorator.at))
            return value
        if isinstance(function, Code) and function.kind == "function" and self.wrapper(function.definition):
            return value
        if self._hands_on(atom, function, None):
            return value
        result = self.call(applied, Arguments((value,)), Site(frame, decorator.at))
        return result if isinstance(result.single, Code | Bound) else value

    def _in_context(self, function: FunctionCode, manager: Value, site: Site) -> None:
        """Run a function in the context manager that decorates it, if that is what the decorator is."""
        if not any(self.library.governs(self, atom) for atom in manager.atoms):
            return
        if isinstance(manager.single, External):
            manager = of(self.allocate("object", site, manager.single))
        function.contexts.append(manager)

    # Decorators that hand on what they are given

    def _hands_on(self, decorator: Atom | None, decorated: Atom | None, made_with: Arguments | None) -> bool:
        """Whether a decorator gives back whatever it is given, and does nothing else that can be told.

        That is found out once, with a function or a class of which nothing is known: it holds for all. What
        takes long is taken to hand on what it is given.

        made_with: the constants for which ``decorator`` gives what decorates; None where it does so itself.
        """
        if not isinstance(decorator, Code) or decorator.kind != "function" or not isinstance(decorated, Code):
            return False
        code: FunctionCode = decorator.definition
        if code.unit is None:
            return False
        key = decorated.kind, made_with and (made_with.positional, tuple(made_with.keywords.items()))
        if key not in code.hands_on:
            code.hands_on[key] = None
            code.hands_on[key] = self._tried(decorator, decorated.kind, made_with)
        called = code.hands_on[key]
        self.called |= called or frozenset()
        return called is not None

    def _tried(
        self, decorator: Code, kind: str, made_with: Arguments | None, again: bool = True
    ) -> frozenset[Place] | None:
        """Apply a decorator to a stand-in: the functions that it calls, where it hands that on.

        again: try once more where it sets a variable of a module; what it sets once for all is set by then.
        """
        module: Module = decorator.definition.module
        site = Site(module.frame, decorator.definition.lowered.at)
        stand_in = _stand_in(kind, module)
        called, closures = self.called, len(self.closures)
        self.called, first, before = set(), self.next_number(), self.given_up
        try:
            with self.at_definition(module), self._undone() as footprint:
                result = self._given(decorator, made_with, stand_in, site)
            ran = frozenset(self.called)
        finally:
            del self.closures[closures:]
            self.called = called
        others = (each for each in result.atoms if isinstance(each, Code | Bound) and each != stand_in)
        known = result.single == stand_in or self.given_up > before
        own = {owner for owner in footprint.writes if isinstance(owner, int) and owner >= first}
        if not known or any(others) or not footprint.writes <= own | {MODES, GLOBALS}:
            return None
        if GLOBALS not in footprint.writes:
            return ran
        return self._tried(decorator, kind, made_with, again=False) if again else None

    def _given(self, decorator: Code, made_with: Arguments | None, given: Code, site: Site) -> Value:
        """What a decorator gives; what is given to it where that takes too long."""
        try:
            made = of(decorator) if made_with is None else self.call(of(decorator), made_with, site)
            return self.call(made, Arguments((of(given),)), site)
        except LimitReached:
            return of(given)

    @contextmanager
    def _undone(self) -> Iterator[Footprint]:
        """Evaluate something as if nothing had been evaluated before, and forget what it does."""
        before = self.surface, self.tedious, self.active
        self.surface, self.tedious, self.active = None, set(), []
        self.heap.branch()
        try:
            with self.budget.at_most(DECORATOR_STEPS), self.heap.recording() as footprint:
                yield footprint
        finally:
            self.heap.leave()
            self.surface, self.tedious, self.active = before


def _is_plain(call: ir.Call) -> bool:
    """Whether a call names all that it takes, so that nothing happens where that is looked at twice."""
    waiting = [call.function, *(each.value for each in call.arguments)]
    waiting = [each.value if isinstance(each, ir.Attribute) else each for each in waiting]
    return all(isinstance(each, ir.Name | ir.Constant) for each in waiting)


def _stand_in(kind: str, module: Module) -> Code:
    """A function or a class of which nothing is known, its name neither."""
    if kind == "class":
        base = Unknown(Symbol("base of what is decorated"))
        return Code(kind, ClassCode(module, "", (of(base),)))
    start = Range(1, 1, 1, 1)
    return Code(kind, FunctionCode(module, "", lambda: ir.Function(start, "", (), (), (), False)))
