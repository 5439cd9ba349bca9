"""Expressions: from the intermediate representation to abstract values."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from lossguard.analysis import ir
from lossguard.analysis.domain import (
    NONE,
    Atom,
    Bounds,
    Code,
    Entries,
    External,
    Guard,
    Items,
    Literally,
    Reference,
    Symbol,
    Unknown,
    Value,
    choose,
    combine,
    constant,
    of,
)
from lossguard.analysis.interpreter import builtins, containers
from lossguard.analysis.interpreter.comprehensions import Comprehensions
from lossguard.analysis.interpreter.machine import Arguments, Frame, Site
from lossguard.analysis.interpreter.records import ClassCode, FunctionCode
from lossguard.analysis.interpreter.summaries import GLOBALS
from lossguard.analysis.places import Range
from lossguard.facts import TensorFacts

MAX_FOLDED = 10_000
_ARITHMETIC: dict[str, Callable[..., object]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
}


class Evaluation(Comprehensions):
    """Evaluates expressions."""

    def evaluate(self, expression: ir.Expression, frame: Frame) -> Value:
        """The value of an expression; ``LimitReached`` when the budget ends."""
        self.spend()
        return _EVALUATORS[type(expression)](self, expression, frame)

    def _constant(self, expression: ir.Constant, _frame: Frame) -> Value:
        return constant(expression.value)

    def _name(self, expression: ir.Name, frame: Frame) -> Value:
        return self.load_name(expression.name, frame)

    def _attribute_of(self, expression: ir.Attribute, frame: Frame) -> Value:
        receiver = self.evaluate(expression.value, frame)
        return self.load_attribute(receiver, expression.name, Site(frame, expression.at))

    def _arithmetic(self, expression: ir.Binary, frame: Frame) -> Value:
        left, right = self.evaluate(expression.left, frame), self.evaluate(expression.right, frame)
        return self.binary(expression.operator, left, right, Site(frame, expression.at))

    def _conditional(self, expression: ir.Conditional, frame: Frame) -> Value:
        yes, no = self.truth(self.evaluate(expression.test, frame), Site(frame, expression.test.at))
        cases: list[tuple[Guard, Callable[[], Value]]] = []
        if yes is not None:
            cases.append((yes, lambda: self.evaluate(expression.body, frame)))
        if no is not None:
            cases.append((no, lambda: self.evaluate(expression.orelse, frame)))
        return choose(self.each(frame, cases))

    def _lambda(self, expression: ir.Lambda, frame: Frame) -> Value:
        code = FunctionCode(frame.module, "lambda", lambda: expression, frame)
        self.closures.append(code)
        return of(Code("function", code))

    def _walrus(self, expression: ir.Walrus, frame: Frame) -> Value:
        value = self.evaluate(expression.value, frame)
        frame.variables.set(expression.name, value)
        return value

    def _starred(self, expression: ir.Starred, frame: Frame) -> Value:
        return self.evaluate(expression.value, frame)

    def _opaque(self, expression: ir.Opaque, frame: Frame) -> Value:
        site = Site(frame, expression.at)
        return self.unknown("opaque", site, f"`{site.excerpt}` is not looked into")

    # Names

    def load_name(self, name: str, frame: Frame) -> Value:
        """The value of a variable."""
        scope: Frame | None = frame
        while scope is not None:
            if not (scope is frame and frame.outer.get(name)):
                value = scope.variables.get(name)
                if value is not None:
                    return value.under(self.path)
            scope = scope.parent
        value = self.program.member(self, frame.module, name, missing=False)
        if value is not None:
            return value.under(self.path)
        if name in builtins.NAMES:
            return of(External(f"{builtins.PREFIX}{name}"))
        return of(Unknown(Symbol("name", (frame.module.name, name)), f"`{name}` is not defined in sight"))

    # Calls

    def _call(self, expression: ir.Call, frame: Frame) -> Value:
        site = Site(frame, expression.at)
        self.reached[id(expression)] = expression
        function = expression.function
        if isinstance(function, ir.Name) and function.name == "super":
            return self._super(expression, frame)
        if isinstance(function, ir.Attribute):
            return self._call_attribute(function, expression, frame, site)
        callee = self.evaluate(function, frame)
        return self.call(callee, self.arguments(expression, frame), site)

    def _call_attribute(self, function: ir.Attribute, expression: ir.Call, frame: Frame, site: Site) -> Value:
        receiver = self.evaluate(function.value, frame)
        arguments = self.arguments(expression, frame)
        result = self.call_each(
            receiver, frame, lambda atom: self._call_on(atom, function.name, arguments, site)
        )
        if function.name.endswith("_") and not function.name.startswith("_"):
            changed = function.value
            if isinstance(receiver.single, External) and self.library.has_in_place(receiver.single.name):
                changed = next((each.value for each in expression.arguments if not each.star), changed)
            self._mutate(changed, result, frame)
        return result

    def _call_on(self, atom: Atom, name: str, arguments: Arguments, site: Site) -> Value:
        self.spend()
        return self.call_method(atom, name, arguments, site)

    def _mutate(self, target: ir.Expression, result: Value, frame: Frame) -> None:
        """``x.sigmoid_()`` changes the tensor that ``x`` names, and every other name of it."""
        while isinstance(target, ir.Attribute) and target.name == "data":
            target = target.value
        if not isinstance(target, ir.Name | ir.Attribute):
            return
        before = self.evaluate(target, frame).single
        if before is not None and not isinstance(before, TensorFacts | Unknown):
            return
        if not isinstance(result.single, TensorFacts):
            if not isinstance(before, TensorFacts):
                return
            result = of(self.library.assigned(before, result))
        for name in frame.variables.names():
            value = frame.variables.get(name)
            if value is not None and isinstance(before, TensorFacts) and value.single is before:
                frame.variables.set(name, result)
        self.assign(target, result, frame)

    def _super(self, expression: ir.Call, frame: Frame) -> Value:
        if frame.receiver is None or not isinstance(frame.owner, ClassCode):
            return self.unknown("super", Site(frame, expression.at), "`super()` outside a class")
        return of(Code("super", (frame.receiver, frame.owner)))

    def call_method(self, receiver: Atom, name: str, arguments: Arguments, site: Site) -> Value:
        """``receiver.name(arguments)``, ``super()`` included."""
        if not (isinstance(receiver, Code) and receiver.kind == "super"):
            return super().call_method(receiver, name, arguments, site)
        instance, owner = receiver.definition
        type_ = instance.type if isinstance(instance, Reference) else instance
        method = self.find_method(type_, name, after=owner)
        if isinstance(method, FunctionCode):
            return self.call_function(method, arguments.with_first(of(instance)), site)
        if isinstance(method, str) and isinstance(instance, Reference):
            if name in ("forward", "__call__"):
                known = self.library.call_object(self, instance, method, arguments, site)
                return known or self.unknown("call", site, f"`{method}.{name}` is not known")
            return self.call_external_method(instance, name, arguments, site)
        if name == "__init__":
            return NONE
        return self.unknown("call", site, f"what `super().{name}` runs is not known")

    def arguments(self, expression: ir.Call, frame: Frame) -> Arguments:
        """Evaluate the actual arguments of a call."""
        positional: list[Value] = []
        places: list[Range | None] = []
        keywords: dict[str, Value] = {}
        keyword_places: dict[str, Range] = {}
        open_ = False
        for actual in expression.arguments:
            value = self.evaluate(actual.value, frame)
            if actual.star == "*":
                items = containers.iterate(self, value, Site(frame, actual.value.at))
                positional.extend(items.values)
                places.extend([actual.value.at] * len(items.values))
                open_ = open_ or not items.exact
            elif actual.star == "**":
                atom = value.under(self.path).single
                held = containers.content(self, atom) if atom is not None else None
                if isinstance(held, Entries):
                    keywords.update({str(k): v for k, v in held.values.items()})
                open_ = open_ or not (isinstance(held, Entries) and held.exact)
            elif actual.keyword is not None:
                keywords[actual.keyword] = value
                keyword_places[actual.keyword] = actual.value.at
            else:
                positional.append(value)
                places.append(actual.value.at)
        return Arguments(tuple(positional), keywords, open_, tuple(places), keyword_places)

    # Displays, items, slices

    def _display(self, expression: ir.Display, frame: Frame) -> Value:
        values: list[Value] = []
        exact = True
        for item in expression.items:
            value = self.evaluate(item, frame)
            if isinstance(item, ir.Starred):
                items = containers.iterate(self, value, Site(frame, item.at))
                values.extend(items.values)
                exact = exact and items.exact
            else:
                values.append(value)
        held = Items(tuple(values[: containers.MAX_ITEMS]), exact and len(values) <= containers.MAX_ITEMS)
        if expression.kind == "set":
            held = containers.distinct(held)
        return of(held) if expression.kind == "tuple" else self.new_list(held, Site(frame, expression.at))

    def _dict_display(self, expression: ir.DictDisplay, frame: Frame) -> Value:
        values: dict[Hashable, Value] = {}
        exact = True
        for key, item in expression.items:
            value = self.evaluate(item, frame)
            if key is None:
                atom = value.under(self.path).single
                held = containers.content(self, atom) if atom is not None else None
                more = held if isinstance(held, Entries) else Entries({}, exact=False)
                values = dict(containers.merged(Entries(values), more).values)
                exact = exact and more.exact
                continue
            name = self.evaluate(key, frame).single
            if isinstance(name, Literally) and isinstance(name.value, Hashable):
                values[name.value] = value
            else:
                exact = False
        return containers.new_dict(self, values, exact, Site(frame, expression.at))

    def _subscript(self, expression: ir.Subscript, frame: Frame) -> Value:
        receiver = self.evaluate(expression.value, frame)
        index = self.evaluate(expression.index, frame)
        site = Site(frame, expression.at)
        return choose(
            [(g, self._subscript_atom(a, index, site)) for g, a in receiver.under(self.path).alternatives]
        )

    def _subscript_atom(self, atom: Atom, index: Value, site: Site) -> Value:
        if isinstance(atom, TensorFacts):
            if isinstance(index.single, Literally) and isinstance(index.single.value, str):
                return self.unknown("item", site, f"`{site.excerpt}` asks a tensor for a name")
            return self.explained(of(self.library.subscript(atom, index)), site, atom)
        if isinstance(atom, Reference) and atom.kind == "object":
            method = self.find_method(atom.type, "__getitem__")
            if isinstance(method, FunctionCode):
                return self.call_function(method, Arguments((of(atom), index)), site)
            known = self.library.call_method(self, atom, "__getitem__", Arguments((index,)), site)
            if known is not None:
                return known
        if isinstance(atom, External | Code):
            return of(atom)
        return containers.subscript(self, atom, index, site)

    def _slice(self, expression: ir.Slice, frame: Frame) -> Value:
        parts = (expression.lower, expression.upper, expression.step)
        bounds = [None if part is None else self.evaluate(part, frame).single for part in parts]
        values = [b.value if isinstance(b, Literally) else None for b in bounds]
        known = all(part is None or isinstance(b, Literally) for part, b in zip(parts, bounds, strict=True))
        if known and all(v is None or isinstance(v, int) for v in values) and values[2] != 0:
            return constant(Bounds(*values))
        return of(Unknown(Symbol("slice", (frame.number, expression.at)), "a slice"))

    def _yield(self, expression: ir.Yield, frame: Frame) -> Value:
        if expression.value is not None:
            value = self.evaluate(expression.value, frame)
            if expression.delegates:
                frame.yields.extend(containers.iterate(self, value, Site(frame, expression.at)).values)
            else:
                frame.yields.append(value)
        return self.unknown("sent", Site(frame, expression.at), "what a generator is sent")

    # Operators

    def binary(self, operator: str, left: Value, right: Value, site: Site) -> Value:
        """``left operator right``."""
        return combine(
            lambda a, b: self._binary(operator, a, b, site), [left.under(self.path), right.under(self.path)]
        )

    def _binary(self, operator: str, left: Atom, right: Atom, site: Site) -> Value:
        if isinstance(left, TensorFacts) or isinstance(right, TensorFacts):
            atom = self.library.binary(operator, left, right, site)
            if atom is not None:
                return self.explained(of(atom), site, left, right)
            return self.unknown("binary", site, f"the values of `{site.excerpt}` are not known")
        if isinstance(left, Literally) and isinstance(right, Literally) and operator in _ARITHMETIC:
            folded = _fold(operator, left.value, right.value)
            if folded is not None:
                return folded
        one, other = containers.content(self, left), containers.content(self, right)
        if operator == "+" and isinstance(one, Items) and isinstance(other, Items):
            joined = Items((one.values + other.values)[:256], one.exact and other.exact)
            return of(joined) if isinstance(left, Items) else self.new_list(joined, site)
        if operator == "|" and isinstance(one, Entries) and isinstance(other, Entries):
            return containers.new_dict(self, {**one.values, **other.values}, one.exact and other.exact, site)
        if operator == "*" and isinstance(one, Items) and one.values:
            return self._repeat(left, one, right, site)
        number = right.value if isinstance(right, Literally) and type(right.value) is int else None
        if operator in ("+", "-") and isinstance(left, Unknown) and number is not None:
            return of(containers.shifted(left, number if operator == "+" else -number))
        reason = next((a.reason for a in (left, right) if isinstance(a, Unknown) and a.reason), "")
        reason = reason or f"the values of `{site.excerpt}` are not known"
        parts = tuple(
            a.symbol if isinstance(a, Unknown) else (site.frame.number, site.at) for a in (left, right)
        )
        return of(Unknown(Symbol("binary", (operator, *parts)), reason))

    def _repeat(self, left: Atom, items: Items, right: Atom, site: Site) -> Value:
        times = right.value if isinstance(right, Literally) and isinstance(right.value, int) else None
        if times is not None and 0 <= times * len(items.values) <= containers.MAX_ITEMS:
            repeated = Items(items.values * times, items.exact)
        else:
            repeated = Items(items.values, exact=False)
        return of(repeated) if isinstance(left, Items) else self.new_list(repeated, site)

    def _unary(self, expression: ir.Unary, frame: Frame) -> Value:
        operand = self.evaluate(expression.operand, frame)
        site = Site(frame, expression.at)
        return operand.under(self.path).map(lambda atom: self.negated(expression.operator, atom, site))

    def _boolean(self, expression: ir.Boolean, frame: Frame) -> Value:
        left = self.evaluate(expression.left, frame)
        site = Site(frame, expression.left.at)
        yes, no = self.truth(left, site)
        short, further = (no, yes) if expression.operator == "and" else (yes, no)
        if further is None:
            return left
        if short is None:
            with self.assuming(further):
                return self.evaluate(expression.right, frame)
        results = self.each(
            frame, [(further, lambda: self.evaluate(expression.right, frame)), (short, lambda: left)]
        )
        right = results[0][1].single
        one = left.under(self.path).single
        if isinstance(one, Unknown) and isinstance(right, Unknown):
            return of(Unknown(Symbol(expression.operator, (one.symbol, right.symbol)), one.reason))
        return choose([(further, results[0][1]), (short, left.under(short))])

    # Comparisons

    def _compare(self, expression: ir.Compare, frame: Frame) -> Value:
        site = Site(frame, expression.at)
        left = self.evaluate(expression.left, frame)
        answers = []
        for operator, operand in expression.rest:
            right = self.evaluate(operand, frame)
            answers.append(self._compared(operator, left, right, site))
            left = right
        if len(answers) == 1:
            return answers[0]
        known = [atom.value if isinstance(atom := each.single, Literally) else None for each in answers]
        if None in known and False not in known:
            return self.unknown("compare", site, "a comparison")
        return constant(all(known))

    def _compared(self, operator: str, left: Value, right: Value, site: Site) -> Value:
        return combine(
            lambda a, b: of(self.compared(operator, a, b, site)),
            [left.under(self.path), right.under(self.path)],
        )

    def assign(self, target: ir.Expression, value: Value, frame: Frame) -> None:
        """Bind ``value`` to an assignment target."""
        match target:
            case ir.Name():
                self._assign_name(target.name, value, frame)
            case ir.Attribute():
                self._assign_attribute(target, value, frame)
            case ir.Subscript():
                self._assign_item(target, value, frame)
            case ir.Starred():
                self.assign(target.value, value, frame)
            case ir.Display():
                stars = [n for n, item in enumerate(target.items) if isinstance(item, ir.Starred)]
                star = stars[0] if stars else None
                parts = containers.unpack(self, value, len(target.items), star, Site(frame, target.at))
                for item, part in zip(target.items, parts, strict=True):
                    self.assign(item, part, frame)
            case _:
                pass

    def _assign_name(self, name: str, value: Value, frame: Frame) -> None:
        is_global = frame.outer.get(name)
        if is_global is not None or (frame is frame.module.frame and self._is_changed(name, frame)):
            self.heap.touch(GLOBALS)
        if is_global is None:
            frame.variables.set(name, value)
        elif is_global:
            frame.module.frame.variables.set(name, value)
        else:
            scope = frame.parent
            while scope is not None and scope.variables.get(name) is None:
                scope = scope.parent
            (scope or frame).variables.set(name, value)

    def _is_changed(self, name: str, frame: Frame) -> bool:
        """Whether somebody may have seen a global variable before; who needs one of an import has it set."""
        return frame.module is self.main or frame.variables.get(name) is not None

    def _assign_attribute(self, target: ir.Attribute, value: Value, frame: Frame) -> None:
        receiver = self.evaluate(target.value, frame)
        atom = receiver.single
        if not isinstance(atom, TensorFacts):
            self.store_attribute(receiver, target.name, value)
        elif isinstance(target.value, ir.Name | ir.Attribute):
            self.assign(target.value, of(self.library.with_attribute(atom, target.name, value)), frame)

    def _assign_item(self, target: ir.Subscript, value: Value, frame: Frame) -> None:
        receiver = self.evaluate(target.value, frame)
        index, site = self.evaluate(target.index, frame), Site(frame, target.at)
        for atom in receiver.under(self.path).atoms:
            if isinstance(atom, TensorFacts):
                if isinstance(target.value, ir.Name | ir.Attribute):
                    after = self.explained(of(self.library.assigned(atom, value)), site, atom, *value.atoms)
                    self.assign(target.value, after, frame)
                return
            if isinstance(atom, Reference) and atom.kind == "object":
                method = self.find_method(atom.type, "__setitem__")
                if isinstance(method, FunctionCode):
                    self.call_function(method, Arguments((of(atom), index, value)), site)
                else:
                    self.library.call_method(self, atom, "__setitem__", Arguments((index, value)), site)
            else:
                containers.store_item(self, atom, index, value)


def _size(value: object) -> int:
    """The length of a text, or of a whole number in bits."""
    if isinstance(value, str):
        return len(value)
    return value.bit_length() if isinstance(value, int) else 0


def _fold(operator: str, left: object, right: object) -> Value | None:
    numbers = (int, float)
    texts = isinstance(left, str) and isinstance(right, str) and operator == "+"
    if not texts and not (isinstance(left, numbers) and isinstance(right, numbers)):
        return None
    if any(_size(operand) > MAX_FOLDED for operand in (left, right)):
        return None
    try:
        return constant(_ARITHMETIC[operator](left, right))
    except (ArithmeticError, ValueError):
        return None


_EVALUATORS: dict[type, Callable[[Evaluation, Any, Frame], Value]] = {
    ir.Constant: Evaluation._constant,
    ir.Name: Evaluation._name,
    ir.Attribute: Evaluation._attribute_of,
    ir.Call: Evaluation._call,
    ir.Subscript: Evaluation._subscript,
    ir.Display: Evaluation._display,
    ir.DictDisplay: Evaluation._dict_display,
    ir.Binary: Evaluation._arithmetic,
    ir.Unary: Evaluation._unary,
    ir.Compare: Evaluation._compare,
    ir.Boolean: Evaluation._boolean,
    ir.Conditional: Evaluation._conditional,
    ir.Lambda: Evaluation._lambda,
    ir.Comprehension: Evaluation.comprehension,
    ir.Walrus: Evaluation._walrus,
    ir.Starred: Evaluation._starred,
    ir.Yield: Evaluation._yield,
    ir.Slice: Evaluation._slice,
    ir.Opaque: Evaluation._opaque,
}
