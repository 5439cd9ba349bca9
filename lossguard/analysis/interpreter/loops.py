"""Loops: how often they are run, and what is known after those whose length is not known.

Such a loop is run twice: the second round sees what the first one leaves. What the second round changes once
more would change further, so that after the loop only that is known which both leave alike. (The widening of
Cousot and Cousot, "Abstract interpretation", POPL 1977, after one round.)
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum

from lossguard.analysis.domain import Atom, Items, Literally, Symbol, Unknown, Value, of
from lossguard.analysis.interpreter.decorators import Decorators
from lossguard.analysis.interpreter.machine import Site
from lossguard.facts import TensorFacts


class Flow(Enum):
    """How a block ends."""

    ON = "falls through"
    OUT = "returns"
    RAISES = "raises"
    REPEATS = "goes on with the next round of the loop"
    LEAVES = "leaves the loop"


class Loops(Decorators):
    """Runs loops."""

    def run_rounds(self, rounds: Sequence[Callable[[], Flow]], site: Site, *, unknown: bool) -> Flow:
        """Run a loop's body once for each round; what holds inside a round ends with it.

        unknown: the length of the loop is not known. Loops inside its second round are run once, so that
        nested loops cost their depth and not its power: what changes in them is known from before.
        """
        if not unknown:
            return self._run_all(rounds)
        changing = self.changing.setdefault((site.frame.module.name, site.at), set())
        repeating = self._repeating

        def counted(_key: Hashable, before: Value, after: Value) -> Value:
            return _uncounted(before, after, self._another)

        def between(key: Hashable, before: Value, after: Value) -> Value:
            known = _widened(before, after, self._another)
            if known is not after:
                changing.add(key)
            return known

        def at_end(key: Hashable, before: Value, after: Value) -> Value:
            after = _open_ended(before, after)
            return between(key, before, after) if repeating and key in changing else after

        with self._settling(site, at_end):
            with self._settling(site, counted):
                flow = self._run_all(rounds[-1:] if repeating else rounds[:1])
            if repeating or flow is not Flow.ON:
                return flow
            self._repeating = True
            try:
                with self._settling(site, between):
                    return self._run_all(rounds[1:])
            finally:
                self._repeating = False

    def _another(self) -> Unknown:
        return Unknown(Symbol("round", (self.next_number(),)), "it changes from round to round")

    def _run_all(self, rounds: Sequence[Callable[[], Flow]]) -> Flow:
        for run in rounds:
            path = self.path
            flow = run()
            self.path = path
            if flow in (Flow.OUT, Flow.RAISES, Flow.LEAVES):
                return flow
        return Flow.ON

    @contextmanager
    def _settling(self, site: Site, settle: Callable[[Hashable, Value, Value], Value]) -> Iterator[None]:
        """Run code; ``settle`` gives for each key, its value before and that after, what is known of it."""
        stores = self.heap, site.frame.variables
        for store in stores:
            store.branch()
        try:
            yield
        finally:
            for store in stores:
                for key, after in store.leave().items():
                    before = store.get(key)
                    store.set(key, after if before is None else settle(key, before, after))


def _open_ended(before: Value, after: Value) -> Value:
    """What a list holds after a loop of unknown length: one that has grown in it may have more items."""
    lengths = {len(atom.values) for atom in before.atoms if isinstance(atom, Items)}

    def opened(atom: Atom) -> Atom:
        grown = isinstance(atom, Items) and len(atom.values) not in lengths
        return Items(atom.values, exact=False) if grown and isinstance(atom, Items) else atom

    return after.map(opened) if lengths else after


def _widened(before: Value, after: Value, another: Callable[[], Unknown]) -> Value:
    """What is known of a value that was another one a round before: numbers change, and so do sizes."""
    known = before.atoms
    if all(atom in known for atom in after.atoms):
        return after

    def settled(atom: Atom) -> Atom:
        if atom in known:
            return atom
        if _is_number(atom) and any(map(_is_number, known)):
            return another()
        if isinstance(atom, TensorFacts):
            return atom.replace(shape=_common_shape(atom, known))
        return atom

    return after.map(settled)


def _uncounted(before: Value, after: Value, another: Callable[[], Unknown]) -> Value:
    """What is known of a value as a later round finds it: a number that has changed goes on changing."""
    one, other = before.single, after.single
    if one == other or not (_is_count(one) and _is_count(other)):
        return after
    return of(another())


def _is_count(atom: Atom | None) -> bool:
    return isinstance(atom, Literally) and type(atom.value) in (int, float)


def _is_number(atom: Atom) -> bool:
    return isinstance(atom, Literally) and isinstance(atom.value, int | float)


def _common_shape(tensor: TensorFacts, others: Sequence[Atom]) -> tuple[int | None, ...] | None:
    shape = tensor.shape
    for other in others:
        if shape is not None and isinstance(other, TensorFacts):
            same = other.shape is not None and len(other.shape) == len(shape)
            pairs = zip(shape, other.shape or (), strict=False)
            shape = tuple(a if a == b else None for a, b in pairs) if same else None
    return shape
