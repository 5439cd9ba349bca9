"""Statements: branches, loops, definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from functools import partial
from typing import TYPE_CHECKING, Any

from lossguard.analysis import ir
from lossguard.analysis.domain import (
    NONE,
    Atom,
    Code,
    Guard,
    Items,
    Literal,
    Literally,
    Symbol,
    Unknown,
    Value,
    choose,
    constant,
    of,
)
from lossguard.analysis.interpreter import containers
from lossguard.analysis.interpreter.container_methods import call_method
from lossguard.analysis.interpreter.loops import Flow, Loops
from lossguard.analysis.interpreter.machine import Arguments, Frame, Site
from lossguard.analysis.interpreter.records import ClassCode, FunctionCode

if TYPE_CHECKING:
    from lossguard.analysis.project import Module

MAX_UNROLLED = 32
MAX_CERTAIN = 3
"""How many rounds of a ``while`` are run one by one, as long as it is certain that there is another."""
EXPECTED_FAILURE = Symbol("expected failure")
"""Holds where the program waits for what it does to fail."""

_EXPECTING = frozenset(
    {
        "raises",
        "assertRaises",
        "assertRaisesRegex",
        "warns",
        "assertWarns",
        "assertWarnsRegex",
        "deprecated_call",
    }
)
_SWALLOWING = frozenset({"suppress"})


def _together(flows: set[Flow]) -> Flow:
    """How a block ends whose branches end in these ways, none of which falls through."""
    return next(flow for flow in (Flow.REPEATS, Flow.LEAVES, Flow.OUT, Flow.RAISES) if flow in flows)


def _calls(manager: ir.Expression, names: AbstractSet[str]) -> bool:
    """Whether a context manager is made by a function of one of these names."""
    function = manager.function if isinstance(manager, ir.Call) else None
    return isinstance(function, ir.Name | ir.Attribute) and function.name in names


def _entered(manager: Atom) -> Atom:
    """What ``with manager as target`` gives to the target."""
    if isinstance(manager, Unknown):
        return Unknown(manager.symbol.child("with"), manager.reason)
    if isinstance(manager, Items) and len(manager.values) == 1 and manager.values[0].single is not None:
        return manager.values[0].single
    return manager


def _leaves_at_once(body: ir.Block) -> bool:
    """Whether the first round of a loop ends its function: the loop asks whether there is a round at all."""
    return bool(body) and isinstance(body[-1], ir.Return | ir.Raise)


def _switch(statement: ir.If, module: Module) -> str | None:
    """The constant of a script, such as ``TRAIN``, that decides over this statement and nothing before it."""
    test = statement.test
    inner = test.operand if isinstance(test, ir.Unary) and test.operator == "not" else test
    if not isinstance(inner, ir.Name):
        return None
    name, settled = inner.name, False
    for unit in module.index.units:
        if unit.lines[1] >= statement.at.line:
            around = {line for line in module.lines_with(name) if unit.lines[0] <= line <= unit.lines[1]}
            within = range(statement.at.line, statement.at.end_line + 1)
            return name if settled and around.issubset(within) else None
        if unit.mentions({name}):
            if unit.kind != "statement":
                return None
            settled = unit.identifiers == unit.binds
    return None


def _fields(body: ir.Block, namespace: dict[str, Value]) -> Iterator[tuple[str, Value | None]]:
    """The fields that a class body declares, with their defaults."""
    for statement in body:
        if isinstance(statement, ir.Declare):
            yield statement.name, None
        elif isinstance(statement, ir.Assign) and isinstance(statement.targets[0], ir.Name):
            name = statement.targets[0].name
            yield name, namespace.get(name)


class Interpreter(Loops):
    """Executes statements."""

    def run_body(self, code: FunctionCode, frame: Frame) -> Value:
        """Execute a function's body; its value is the join of everything that it returns."""
        lowered = code.lowered
        if isinstance(lowered, ir.Lambda):
            return self.evaluate(lowered.body, frame)
        flow = self.execute(lowered.body, frame)
        if lowered.is_generator:
            return of(Items(tuple(frame.yields[:8]), exact=False))
        if flow is Flow.ON:
            frame.returns.append((self.path - frame.base_path, NONE))
        if not frame.returns:
            return self.unknown("nothing", Site(frame, lowered.at), f"`{code.qualified}` does not return")
        return choose(frame.returns)

    def execute(self, block: Iterable[ir.Statement], frame: Frame) -> Flow:
        """Execute statements in order, up to one that does not fall through."""
        for statement in block:
            flow = self._statement(statement, frame)
            if flow is not Flow.ON:
                return flow
        return Flow.ON

    def _statement(self, statement: ir.Statement, frame: Frame) -> Flow:
        self.spend()
        return _EXECUTORS[type(statement)](self, statement, frame)

    def _assignment(self, statement: ir.Assign, frame: Frame) -> Flow:
        value = self.evaluate(statement.value, frame)
        for target in statement.targets:
            self.assign(target, value, frame)
        return Flow.ON

    def _expression(self, statement: ir.Evaluate, frame: Frame) -> Flow:
        frame.unused = statement.value.at
        self.evaluate(statement.value, frame)
        return Flow.ON

    def _return(self, statement: ir.Return, frame: Frame) -> Flow:
        value = NONE if statement.value is None else self.evaluate(statement.value, frame)
        value = self.add_step(value, Site(frame, statement.at), f"returned by `{frame.name}`")
        frame.returns.append((self.path - frame.base_path, value.under(self.path)))
        return Flow.OUT

    def _raise(self, _statement: ir.Raise, _frame: Frame) -> Flow:
        return Flow.RAISES

    def _jump(self, statement: ir.Jump, _frame: Frame) -> Flow:
        return Flow.LEAVES if statement.breaks else Flow.REPEATS

    def _delete(self, statement: ir.Delete, frame: Frame) -> Flow:
        for target in statement.targets:
            if isinstance(target, ir.Attribute):
                gone = self.unknown("deleted", Site(frame, target.at), f"`{target.name}` was deleted")
                self.assign(target, gone, frame)
            if isinstance(target, ir.Subscript):
                atom = self.evaluate(target.value, frame).under(self.path).single
                index = self.evaluate(target.index, frame)
                if atom is not None:
                    call_method(self, atom, "pop", Arguments((index,)), Site(frame, target.at))
        return Flow.ON

    def _augment(self, statement: ir.Augment, frame: Frame) -> Flow:
        before = self.evaluate(statement.target, frame)
        value = self.evaluate(statement.value, frame)
        site = Site(frame, statement.at)
        atom = before.single
        held = containers.content(self, atom) if atom is not None else None
        if statement.operator == "+" and isinstance(held, Items) and atom is not held and atom is not None:
            call_method(self, atom, "extend", Arguments((value,)), site)
        else:
            self.assign(statement.target, self.binary(statement.operator, before, value, site), frame)
        return Flow.ON

    # Branches

    def _if(self, statement: ir.If, frame: Frame) -> Flow:
        test = self.evaluate(statement.test, frame)
        yes, no = self.truth(test, Site(frame, statement.test.at))
        cases: list[tuple[Guard, Callable[[], Flow]]] = []
        if yes is not None:
            cases.append((yes, lambda: self.execute(statement.body, frame)))
        if no is not None:
            cases.append((no, lambda: self.execute(statement.orelse, frame)))
        if len(cases) < 2 and frame is frame.module.frame and (name := _switch(statement, frame.module)):
            self._explore(statement.orelse if no is None else statement.body, statement, name, frame)
        return self._branches(frame, cases)

    def _explore(self, block: ir.Block, statement: ir.If, name: str, frame: Frame) -> None:
        """Look at what a script does when one of its switches is the other way round, and forget it."""
        switched = frozenset({Literal(Symbol("switch", (frame.module.name, statement.at)), True)})
        self.heap.branch()
        frame.variables.branch()
        try:
            with self.assuming(switched):
                yes, _ = self.truth(self.load_name(name, frame), Site(frame, statement.test.at))
                frame.variables.set(name, constant(yes is None))
                self.execute(block, frame)
        finally:
            frame.variables.leave()
            self.heap.leave()

    def _branches(self, frame: Frame, cases: list[tuple[Guard, Callable[[], Flow]]]) -> Flow:
        """Run alternatives that exclude each other; go on where at least one falls through."""
        variables, heap, flows = [], [], []
        for guard, run in cases:
            self.heap.branch()
            frame.variables.branch()
            try:
                with self.assuming(guard):
                    flow = run()
            finally:
                written, stored = frame.variables.leave(), self.heap.leave()
            flows.append((guard, flow))
            if flow is not Flow.RAISES:
                variables.append((guard, written))
                heap.append((guard, stored))
        if variables:
            self.heap.join(heap)
            frame.variables.join(variables)
        going = [guard for guard, flow in flows if flow is Flow.ON]
        if not going:
            return _together({flow for _, flow in flows})
        if len(going) == 1 and len(flows) > 1:
            self.path |= going[0]
            if all(flow in (Flow.ON, Flow.RAISES) for _, flow in flows):
                self.demand.assumed |= going[0]
        elif len(going) < len(flows):
            self.path |= frozenset.intersection(*going)
        return Flow.ON

    def _match(self, statement: ir.Match, frame: Frame) -> Flow:
        subject = self.evaluate(statement.subject, frame)
        return self._cases(statement, subject, statement.cases, frame)

    def _cases(self, statement: ir.Match, subject: Value, cases: tuple[ir.Case, ...], frame: Frame) -> Flow:
        if not cases:
            return Flow.ON
        first, *rest = cases
        for name in first.names:
            frame.variables.set(name, subject)
        if first.always:
            return self.execute(first.body, frame)
        site = Site(frame, first.tests[0].at if first.tests else statement.at)
        matched = self._matched(subject, first, site, len(rest), frame)
        yes, no = self.truth(matched, site)
        branches: list[tuple[Guard, Callable[[], Flow]]] = []
        if yes is not None:
            branches.append((yes, lambda: self.execute(first.body, frame)))
        if no is not None:
            branches.append((no, lambda: self._cases(statement, subject, tuple(rest), frame)))
        return self._branches(frame, branches)

    def _matched(self, subject: Value, case: ir.Case, site: Site, number: int, frame: Frame) -> Value:
        """Whether the subject is one of a case's values."""
        atom = subject.under(self.path).single
        values = [self.evaluate(test, frame).single for test in case.tests]
        if atom is None or not values or None in values:
            return self.unknown("pattern", site, "a pattern", number)
        answers = [self.equal(atom, value, site) for value in values if value is not None]
        if len(answers) == 1:
            return of(answers[0])
        if Literally(True) in answers:
            return constant(True)
        if all(answer == Literally(False) for answer in answers):
            return constant(False)
        return self.unknown("pattern", site, "a pattern", number)

    # Loops

    def _for(self, statement: ir.For, frame: Frame) -> Flow:
        site = Site(frame, statement.at)
        iterable = self.evaluate(statement.iterable, frame)
        items = containers.iterate(self, iterable, Site(frame, statement.iterable.at))
        known = items.exact and len(items.values) <= MAX_UNROLLED
        rounds = list(items.values) if known else [*items.values, *items.values][-2:]

        def run(value: Value) -> Flow:
            self.assign(statement.target, value, frame)
            return self.execute(statement.body, frame)

        calls: list[Callable[[], Flow]] = [partial(run, value) for value in rounds]
        if known or not _leaves_at_once(statement.body):
            return self._after(self.run_rounds(calls, site, unknown=not known), statement.orelse, frame)
        entered = Symbol("entered", (frame.number, statement.at))
        cases: list[tuple[Guard, Callable[[], Flow]]] = [
            (frozenset({Literal(entered, True)}), lambda: self.run_rounds(calls, site, unknown=True)),
            (frozenset({Literal(entered, False)}), lambda: self.execute(statement.orelse, frame)),
        ]
        return self._branches(frame, cases)

    def _while(self, statement: ir.While, frame: Frame) -> Flow:
        site = Site(frame, statement.at)

        def test() -> tuple[Guard | None, Guard | None]:
            return self.truth(self.evaluate(statement.test, frame), Site(frame, statement.test.at))

        def run() -> Flow:
            return Flow.ON if test()[0] is None else self.execute(statement.body, frame)

        certain = not (self._repeating or isinstance(statement.test, ir.Constant))
        for _ in range(MAX_CERTAIN if certain else 0):
            yes, no = test()
            if yes is None:
                return self._after(Flow.ON, statement.orelse, frame)
            if no is not None:
                break
            flow = self.run_rounds([partial(self.execute, statement.body, frame)], site, unknown=False)
            if flow is not Flow.ON:
                return self._after(flow, statement.orelse, frame)
        return self._after(self.run_rounds([run, run], site, unknown=True), statement.orelse, frame)

    def _after(self, flow: Flow, orelse: ir.Block, frame: Frame) -> Flow:
        """Go on behind a loop: ``else`` runs unless the loop was left."""
        if flow is Flow.ON:
            return self.execute(orelse, frame)
        return Flow.ON if flow is Flow.LEAVES else flow

    # Contexts and exceptions

    def _with(self, statement: ir.With, frame: Frame) -> Flow:
        with self.modes_restored():
            for manager, target in statement.items:
                value = self.evaluate(manager, frame)
                self.enter(value)
                if target is not None:
                    self.assign(target, value.map(_entered), frame)
            return self._within(statement, frame)

    def _within(self, statement: ir.With, frame: Frame) -> Flow:
        if any(_calls(manager, _EXPECTING) for manager, _ in statement.items):
            with self.assuming(frozenset({Literal(EXPECTED_FAILURE, True)})):
                self.execute(statement.body, frame)
            return Flow.ON
        flow = self.execute(statement.body, frame)
        swallowed = flow is Flow.RAISES and any(
            _calls(manager, _SWALLOWING) for manager, _ in statement.items
        )
        return Flow.ON if swallowed else flow

    def _try(self, statement: ir.Try, frame: Frame) -> Flow:
        symbol = Symbol("raises", (frame.number, statement.at))
        fine = frozenset({Literal(symbol, False)})
        cases: list[tuple[Guard, Callable[[], Flow]]] = [
            (fine, lambda: self.execute((*statement.body, *statement.orelse), frame))
        ]
        guard = frozenset({Literal(symbol, True)})
        for number, handler in enumerate(statement.handlers):
            caught = Literal(symbol.child("caught", number), True)
            last = number == len(statement.handlers) - 1
            here = guard if last else guard | {caught}
            cases.append((here, partial(self.execute, handler, frame)))
            guard |= {caught.negated()}
        flow = self._branches(frame, cases) if statement.handlers else cases[0][1]()
        final = self.execute(statement.final, frame)
        return flow if final is Flow.ON else final

    # Definitions

    def _function(self, statement: ir.Function, frame: Frame) -> Flow:
        code = FunctionCode(frame.module, statement.name, lambda: statement, frame)
        if frame.is_class_body and isinstance(frame.owner, ClassCode):
            code.owner, code.scope = frame.owner, frame.parent
        self.closures.append(code)
        value = self.decorate(of(Code("function", code)), statement.decorators, frame)
        frame.variables.set(statement.name, value)
        return Flow.ON

    def _import(self, statement: ir.Import, frame: Frame) -> Flow:
        self.program.execute_import(self, statement, frame)
        return Flow.ON

    def _outer(self, statement: ir.Outer, frame: Frame) -> Flow:
        frame.outer.update(dict.fromkeys(statement.names, statement.is_global))
        return Flow.ON

    def _declare(self, _statement: ir.Declare, _frame: Frame) -> Flow:
        return Flow.ON

    def _class(self, statement: ir.Class, frame: Frame) -> Flow:
        bases = tuple(self.evaluate(base, frame) for base in statement.bases)
        owner = ClassCode(frame.module, statement.name, bases, frame)
        body = Frame(frame.module, self.next_number(), statement.name, frame, owner, is_class_body=True)
        self.execute(statement.body, body)
        for name in body.variables.names():
            value = body.variables.get(name)
            if value is not None:
                owner.namespace[str(name)] = value
        owner.fields = list(_fields(statement.body, owner.namespace))
        owner.is_record = self.program.is_record(statement.decorators, bases)
        frame.variables.set(statement.name, of(Code("class", owner)))
        return Flow.ON


_EXECUTORS: dict[type, Callable[[Interpreter, Any, Frame], Flow]] = {
    ir.Assign: Interpreter._assignment,
    ir.Augment: Interpreter._augment,
    ir.Declare: Interpreter._declare,
    ir.Evaluate: Interpreter._expression,
    ir.Return: Interpreter._return,
    ir.Raise: Interpreter._raise,
    ir.Jump: Interpreter._jump,
    ir.If: Interpreter._if,
    ir.For: Interpreter._for,
    ir.While: Interpreter._while,
    ir.With: Interpreter._with,
    ir.Try: Interpreter._try,
    ir.Match: Interpreter._match,
    ir.Function: Interpreter._function,
    ir.Class: Interpreter._class,
    ir.Import: Interpreter._import,
    ir.Outer: Interpreter._outer,
    ir.Delete: Interpreter._delete,
}
