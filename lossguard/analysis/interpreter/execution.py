"""Statements: branches, loops, definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum

from lossguard.analysis import ir
from lossguard.analysis.domain import (
    NONE,
    Bound,
    Code,
    Guard,
    Items,
    Literal,
    Symbol,
    Unknown,
    Value,
    choose,
    of,
)
from lossguard.analysis.interpreter import containers
from lossguard.analysis.interpreter.evaluation import Evaluation
from lossguard.analysis.interpreter.machine import Arguments, Frame, Site
from lossguard.analysis.interpreter.records import ClassCode, FunctionCode

MAX_UNROLLED = 32


class Flow(Enum):
    """How a block ends."""

    ON = "falls through"
    OUT = "returns"
    RAISES = "raises"
    JUMPS = "leaves or repeats the loop"


def _is_switch(test: ir.Expression) -> bool:
    """Whether a top-level condition is a variable of the script, such as ``TRAIN``."""
    inner = test.operand if isinstance(test, ir.Unary) and test.operator == "not" else test
    return isinstance(inner, ir.Name) and inner.name != "__name__"


class Interpreter(Evaluation):
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
        match statement:
            case ir.Assign():
                value = self.evaluate(statement.value, frame)
                for target in statement.targets:
                    self.assign(target, value, frame)
            case ir.Augment():
                self._augment(statement, frame)
            case ir.Evaluate():
                self.evaluate(statement.value, frame)
            case ir.Return():
                value = NONE if statement.value is None else self.evaluate(statement.value, frame)
                value = self.add_step(value, Site(frame, statement.at), f"returned by `{frame.name}`")
                frame.returns.append((self.path - frame.base_path, value.under(self.path)))
                return Flow.OUT
            case ir.Raise():
                return Flow.RAISES
            case ir.Jump():
                return Flow.JUMPS
            case ir.If():
                return self._if(statement, frame)
            case ir.For():
                return self._for(statement, frame)
            case ir.While():
                return self._while(statement, frame)
            case ir.With():
                return self._with(statement, frame)
            case ir.Try():
                return self._try(statement, frame)
            case ir.Match():
                return self._match(statement, frame)
            case _:
                self._definition(statement, frame)
        return Flow.ON

    def _augment(self, statement: ir.Augment, frame: Frame) -> None:
        before = self.evaluate(statement.target, frame)
        value = self.evaluate(statement.value, frame)
        site = Site(frame, statement.at)
        atom = before.single
        held = containers.content(self, atom) if atom is not None else None
        if statement.operator == "+" and isinstance(held, Items) and atom is not held and atom is not None:
            containers.call_method(self, atom, "extend", Arguments((value,)), site)
            return
        self.assign(statement.target, self.binary(statement.operator, before, value, site), frame)

    # Branches

    def _if(self, statement: ir.If, frame: Frame) -> Flow:
        test = self.evaluate(statement.test, frame)
        yes, no = self.truth(test, Site(frame, statement.test.at))
        cases: list[tuple[Guard, Callable[[], Flow]]] = []
        if yes is not None:
            cases.append((yes, lambda: self.execute(statement.body, frame)))
        if no is not None:
            cases.append((no, lambda: self.execute(statement.orelse, frame)))
        if len(cases) < 2 and frame is frame.module.frame and _is_switch(statement.test):
            self._explore(statement.orelse if no is None else statement.body, statement, frame)
        return self._branches(frame, cases)

    def _explore(self, block: ir.Block, statement: ir.If, frame: Frame) -> None:
        """Look at what a script does when one of its switches is the other way round, and forget it."""
        switched = frozenset({Literal(Symbol("switch", (frame.module.name, statement.at)), True)})
        self.heap.branch()
        frame.variables.branch()
        try:
            with self.assuming(switched):
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
            return next((flow for _, flow in flows if flow is not Flow.RAISES), Flow.RAISES)
        if len(going) == 1 and len(flows) > 1:
            self.path |= going[0]
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
        site = Site(frame, statement.at if first.test is None else first.test.at)
        if first.test is None:
            matched = self.unknown("pattern", site, "a pattern", len(rest))
        else:
            atom, value = subject.under(self.path).single, self.evaluate(first.test, frame).single
            known = atom is not None and value is not None
            matched = of(self._equal(atom, value, site)) if known else self.unknown("pattern", site)  # type: ignore[arg-type]
        yes, no = self.truth(matched, site)
        branches: list[tuple[Guard, Callable[[], Flow]]] = []
        if yes is not None:
            branches.append((yes, lambda: self.execute(first.body, frame)))
        if no is not None:
            branches.append((no, lambda: self._cases(statement, subject, tuple(rest), frame)))
        return self._branches(frame, branches)

    # Loops

    def _for(self, statement: ir.For, frame: Frame) -> Flow:
        iterable = self.evaluate(statement.iterable, frame)
        items = containers.iterate(self, iterable, Site(frame, statement.iterable.at))
        if items.exact and len(items.values) <= MAX_UNROLLED:
            rounds = list(items.values)
        elif items.values:
            rounds = [*items.values[:2], items.values[-1]][-2:] if len(items.values) > 1 else [items.values[0]] * 2
        else:
            rounds = []

        def run(value: Value) -> Flow:
            self.assign(statement.target, value, frame)
            return self.execute(statement.body, frame)

        flow = self._rounds([lambda value=value: run(value) for value in rounds])  # type: ignore[misc]
        return flow if flow is not Flow.ON else self.execute(statement.orelse, frame)

    def _while(self, statement: ir.While, frame: Frame) -> Flow:
        def run() -> Flow:
            yes, _ = self.truth(self.evaluate(statement.test, frame), Site(frame, statement.test.at))
            return Flow.ON if yes is None else self.execute(statement.body, frame)

        flow = self._rounds([run, run])
        return flow if flow is not Flow.ON else self.execute(statement.orelse, frame)

    def _rounds(self, rounds: list[Callable[[], Flow]]) -> Flow:
        """Run a loop's body once for each round; what holds inside a round ends with it.

        A loop whose length is not known is run twice: the second round sees what the first one leaves.
        """
        for run in rounds:
            path = self.path
            flow = run()
            self.path = path
            if flow in (Flow.OUT, Flow.RAISES):
                return flow
        return Flow.ON

    # Contexts and exceptions

    def _with(self, statement: ir.With, frame: Frame) -> Flow:
        for manager, target in statement.items:
            value = self.evaluate(manager, frame)
            if target is not None:
                site = Site(frame, manager.at)
                entered = [(g, self._entered(Value(((frozenset(), a),)), site)) for g, a in value.alternatives]
                self.assign(target, choose(entered), frame)
        return self.execute(statement.body, frame)

    def _entered(self, manager: Value, site: Site) -> Value:
        atom = manager.single
        if isinstance(atom, Unknown):
            return of(Unknown(atom.symbol.child("with"), atom.reason))
        if isinstance(atom, Items) and atom.values:
            return atom.values[0]
        return manager

    def _try(self, statement: ir.Try, frame: Frame) -> Flow:
        symbol = Symbol("raises", (frame.number, statement.at))
        fine = frozenset({Literal(symbol, False)})
        cases: list[tuple[Guard, Callable[[], Flow]]] = [
            (fine, lambda: self.execute((*statement.body, *statement.orelse), frame))
        ]
        raised = frozenset({Literal(symbol, True)})
        if statement.handlers:
            cases.append((raised, lambda: self.execute(statement.handlers[0], frame)))
            flow = self._branches(frame, cases)
        else:
            flow = cases[0][1]()
        final = self.execute(statement.final, frame)
        return flow if final is Flow.ON else final

    # Definitions

    def _definition(self, statement: ir.Statement, frame: Frame) -> None:
        match statement:
            case ir.Function():
                function = statement
                code = FunctionCode(frame.module, statement.name, lambda: function, frame)
                if isinstance(frame.owner, ClassCode) and frame.name == frame.owner.name:
                    code.owner = frame.owner
                    code.scope = frame.parent
                value = self.decorate(of(Code("function", code)), statement.decorators, frame)
                frame.variables.set(statement.name, value)
            case ir.Class():
                frame.variables.set(statement.name, self._class(statement, frame))
            case ir.Import():
                self.program.execute_import(self, statement, frame)
            case ir.Outer():
                frame.outer.update(dict.fromkeys(statement.names, statement.is_global))
            case ir.Declare():
                frame.variables.set(statement.name, NONE)
            case _:
                pass

    def _class(self, statement: ir.Class, frame: Frame) -> Value:
        bases = tuple(self.evaluate(base, frame) for base in statement.bases)
        owner = ClassCode(frame.module, statement.name, bases, frame)
        body = Frame(frame.module, self.next_number(), statement.name, frame, owner)
        self.execute(statement.body, body)
        for name in body.variables.keys():
            value = body.variables.get(name)
            if value is not None:
                owner.namespace[str(name)] = value
        owner.fields = [
            (s.name, None) if isinstance(s, ir.Declare) else (s.targets[0].name, owner.namespace[s.targets[0].name])
            for s in statement.body
            if isinstance(s, ir.Declare) or (isinstance(s, ir.Assign) and isinstance(s.targets[0], ir.Name))
        ]
        owner.is_record = self.program.is_record(statement.decorators, bases)
        return of(Code("class", owner))

    def decorate(self, value: Value, decorators: tuple[ir.Expression, ...], frame: Frame) -> Value:
        """Apply the decorators that are functions of the project; others are taken to keep the function."""
        for decorator in reversed(decorators):
            applied = self.evaluate(decorator, frame)
            atom = applied.single
            if not (isinstance(atom, Bound) or (isinstance(atom, Code) and atom.kind == "function")):
                continue
            result = self.call(applied, Arguments((value,)), Site(frame, decorator.at))
            if isinstance(result.single, Code | Bound):
                value = result
        return value
