"""Where the values of an operation go: to which losses, and whether to nothing but them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from lossguard.analysis.scenarios import CallSite
from lossguard.diagnostics import Span
from lossguard.facts import Argument, LossCall
from lossguard.fixes.code import Code, Stretch, Tree, Unfixable, within
from lossguard.rules import Finding, Rule, ranked

_CONVERSIONS = frozenset({"float", "double", "half", "bfloat16", "long", "int"})


@dataclass(frozen=True)
class Reach:
    """The loss calls of a program, and which rules each way of reaching them breaks.

    relied: the operations whose values another operation takes for what they are.
    """

    sites: Sequence[CallSite]
    rules: Sequence[Rule]
    relied: AbstractSet[Span]

    def arguments(self, made_at: Span, code: str) -> list[Span]:
        """Where values of an operation are given to losses that it breaks this rule for.

        Raises Unfixable where something else counts on them as they are.
        """
        if made_at in self.relied:
            raise Unfixable
        found: list[Span] = []
        for call, fed in self._fed.get(made_at, ()):
            if any(each.tensor is not None and each.tensor.mixed for _, each in fed):
                raise Unfixable
            if {name for name, _ in fed} != {f.parameter for r, f in self._broken(call) if r.code == code}:
                raise Unfixable
            found += [each.span for _, each in fed]
        return list(dict.fromkeys(found))

    def known(self, path: str) -> list[Span]:
        """The arguments of losses in a file of which it is known what operation made them."""
        return self._known.get(path, [])

    def all_break(self, code: str, *, at: Span | None = None, made: Span | None = None) -> bool:
        """Whether a call, or every call of what was made at a place, breaks this rule whatever reaches it."""
        calls = [call for call in self._calls() if at in (None, call.span) and made in (None, call.made)]
        return bool(calls) and all(any(r.code == code for r, _ in self._broken(call)) for call in calls)

    @cached_property
    def _fed(self) -> dict[Span, list[tuple[LossCall, list[tuple[str, Argument]]]]]:
        """The loss calls that values of each operation reach, with the arguments that they are there."""
        found: dict[Span, list[tuple[LossCall, list[tuple[str, Argument]]]]] = {}
        for call in self._calls():
            fed: dict[Span, list[tuple[str, Argument]]] = {}
            for name, argument in call.arguments.items():
                if argument.tensor is not None and argument.tensor.steps:
                    fed.setdefault(argument.tensor.steps[0].span, []).append((name, argument))
            for made_at, arguments in fed.items():
                found.setdefault(made_at, []).append((call, arguments))
        return found

    @cached_property
    def _known(self) -> dict[str, list[Span]]:
        known: dict[str, list[Span]] = {}
        for calls in self._fed.values():
            for _, arguments in calls:
                for _, argument in arguments:
                    known.setdefault(argument.span.path, []).append(argument.span)
        return {path: list(dict.fromkeys(spans)) for path, spans in known.items()}

    def _calls(self) -> Iterator[LossCall]:
        return (scenario.call for site in self.sites for visit in site.visits for scenario in visit)

    def _broken(self, call: LossCall) -> list[tuple[Rule, Finding]]:
        return ranked(call, self.rules)


def only_for(
    code: Code,
    tree: Tree,
    node: cst.BaseExpression,
    arguments: Sequence[Stretch],
    others: AbstractSet[Stretch] = frozenset(),
) -> bool:
    """Whether the value of an expression is used for nothing but these arguments of a loss.

    others: arguments of losses that are known to come from elsewhere, whatever variable they are.
    """
    value = _outermost(tree, node, arguments)
    at = tree.places.get(id(value))
    if at in arguments:
        return True
    statement = tree.parent(value)
    if not isinstance(statement, cst.Assign) or len(statement.targets) != 1:
        return False
    target = statement.targets[0].target
    if not isinstance(target, cst.Name) or not _is_local(code, tree, statement):
        return False
    function = tree.function(statement)
    scope = None if function is None else _body(tree, function)
    own = tree.places[id(statement)]
    uses = [use for use in code.mentions(target.value, scope) if not own.holds(use)]
    return all(_passed_on(use, arguments) or use in others for use in uses)


def converted(tree: Tree, call: cst.Call) -> cst.Call:
    """A call, or the last of the conversions of element types that its result goes through at once."""
    match tree.parent(call):
        case cst.Attribute(attr=cst.Name(value=name)) as method if name in _CONVERSIONS:
            above = tree.parent(method)
            if isinstance(above, cst.Call) and above.func is method and not above.args:
                return converted(tree, above)
    return call


def is_given(code: Code, tree: Tree, node: cst.BaseExpression, arguments: Sequence[Stretch | None]) -> bool:
    """Whether every one of these arguments is an expression, or the variable that it is assigned to."""
    if [tree.places.get(id(node))] == list(arguments):
        return True
    statement = tree.parent(node)
    if not isinstance(statement, cst.Assign) or len(statement.targets) != 1:
        return False
    target = tree.places.get(id(statement.targets[0].target))
    name = code.text[target.start : target.end] if target is not None else ""
    return all(each is not None and code.text[each.start : each.end] == name for each in arguments)


def _outermost(tree: Tree, node: cst.BaseExpression, arguments: Sequence[Stretch]) -> cst.CSTNode:
    """The chain of methods and indices that an expression begins, up to the argument that it is."""
    value: cst.CSTNode = node
    while tree.places.get(id(value)) not in arguments:
        above = tree.parent(value)
        method = isinstance(above, cst.Call) and above.func is value
        if not (method or (isinstance(above, cst.Attribute | cst.Subscript) and above.value is value)):
            break
        assert above is not None
        value = above
    return value


def _body(tree: Tree, function: cst.FunctionDef) -> Stretch:
    """Where a function does something, behind its parameters."""
    whole = tree.places[id(function)]
    first = (tree.places[id(each)] for each in within(function.body) if id(each) in tree.places)
    return Stretch(next(first, whole).start, whole.end)


def _is_local(code: Code, tree: Tree, statement: cst.CSTNode) -> bool:
    """Whether a variable that a statement assigns can only be seen where its name is looked for."""
    above = tree.parent(statement)
    while above is not None and not isinstance(above, cst.FunctionDef):
        if isinstance(above, cst.ClassDef | cst.Lambda):
            return False
        above = tree.parent(above)
    return above is not None or any(unit is tree.unit for unit in code.index.units)


def _passed_on(use: Stretch, arguments: Sequence[Stretch]) -> bool:
    """Whether a variable stands in an argument of a loss, with nothing but methods and indices around it."""
    around = [each for each in arguments if each.holds(use)]
    if use in around or not around:
        return bool(around)
    return all(each.start == use.start for each in around)
