"""Comprehensions."""

from __future__ import annotations

from abc import abstractmethod

from lossguard.analysis import ir
from lossguard.analysis.domain import Items, Literally, Value, of
from lossguard.analysis.interpreter import containers
from lossguard.analysis.interpreter.comparison import Comparisons
from lossguard.analysis.interpreter.machine import Frame, Site

MAX_ROUNDS = 32


class Comprehensions(Comparisons):
    """Evaluates comprehensions, round by round."""

    @abstractmethod
    def assign(self, target: ir.Expression, value: Value, frame: Frame) -> None:
        """Bind ``value`` to an assignment target."""

    def comprehension(self, expression: ir.Comprehension, frame: Frame) -> Value:
        """The list, set, dictionary or generator that a comprehension makes."""
        inner = Frame(frame.module, frame.number, frame.name, frame, frame.owner, frame.receiver)
        inner.returns, inner.yields = frame.returns, frame.yields
        results: list[tuple[Value | None, Value]] = []
        exact = self._clauses(expression, 0, inner, results)
        site = Site(frame, expression.at)
        if expression.kind == "dict":
            pairs = [(k.single, v) for k, v in results if k is not None]
            entries = {k.value: v for k, v in pairs if isinstance(k, Literally)}
            return containers.new_dict(self, entries, exact and len(entries) == len(results), site)
        items = Items(tuple(value for _, value in results), exact)
        if expression.kind == "set":
            items = containers.distinct(items)
        return of(items) if expression.kind == "generator" else self.new_list(items, site)

    def _clauses(
        self,
        expression: ir.Comprehension,
        depth: int,
        frame: Frame,
        results: list[tuple[Value | None, Value]],
    ) -> bool:
        if depth == len(expression.clauses):
            key = self.evaluate(expression.key, frame) if expression.key is not None else None
            results.append((key, self.evaluate(expression.element, frame)))
            return True
        clause = expression.clauses[depth]
        iterable = self.evaluate(clause.iterable, frame)
        items = containers.iterate(self, iterable, Site(frame, clause.iterable.at))
        exact = items.exact
        if depth == len(expression.clauses) - 1 and _is_repetition(expression, clause, items):
            results.extend([(None, self.evaluate(expression.element, frame))] * len(items.values))
            return True
        for value in items.values[: MAX_ROUNDS if items.exact else 1]:
            self.assign(clause.target, value, frame)
            verdicts = [self.truth(self.evaluate(c, frame), Site(frame, c.at)) for c in clause.conditions]
            if any(yes is None for yes, _ in verdicts):
                continue
            exact = exact and all(no is None for _, no in verdicts)
            exact = self._clauses(expression, depth + 1, frame, results) and exact
        return exact and len(items.values) <= MAX_ROUNDS


def _is_repetition(expression: ir.Comprehension, clause: ir.Clause, items: Items) -> bool:
    """Whether the rounds of a comprehension all do the same: ``[Block(width) for _ in range(12)]``.

    Its element is evaluated once for all of them: the objects that they make are alike.
    """
    return (
        2 < len(items.values) <= MAX_ROUNDS
        and not clause.conditions
        and expression.key is None
        and isinstance(clause.target, ir.Name)
        and all(isinstance(value.single, Literally) for value in items.values)
        and clause.target.name not in ir.names(expression.element)
    )
