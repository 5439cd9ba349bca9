"""Functions and classes of other files, taken for those of a library until a loss call misses them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

from lossguard.analysis.domain import External, Value, of
from lossguard.analysis.places import Place


@dataclass(eq=False)
class Closed:
    """A function or a class that is imported and not looked into.

    place: where its definition begins.
    load: gives what it is.
    """

    place: Place
    load: Callable[[], Value]

    @cached_property
    def value(self) -> Value:
        """What it is."""
        return self.load()


class ClosedImports:
    """What is closed in one evaluation, by the dotted name of the import.

    opened: where the definitions stand that have been missed before.
    known: what imports bind that are not looked into, None for those that are.
    """

    def __init__(self, opened: AbstractSet[Place]) -> None:
        self._opened = opened
        self._closed: dict[str, Closed] = {}
        self.known: dict[Hashable, Value | None] = {}

    def close(self, name: str, place: Place, load: Callable[[], Value]) -> Value | None:
        """What an import binds that is not looked into; None where it is."""
        if place in self._opened:
            return None
        closed = self._closed.setdefault(name, Closed(place, load))
        return of(External(name)) if closed.place == place else None

    def find(self, name: str) -> tuple[Closed, tuple[str, ...]] | None:
        """What is closed under a dotted name, and the attributes of it that the name goes on with."""
        rest: tuple[str, ...] = ()
        while name:
            if (closed := self._closed.get(name)) is not None:
                return closed, rest
            name, _, last = name.rpartition(".")
            rest = (last, *rest)
        return None

    @property
    def places(self) -> set[Place]:
        """Where the definitions stand of all that is closed."""
        return {each.place for each in self._closed.values()}

    def places_of(self, names: Iterable[str]) -> set[Place]:
        """Where those stand that are closed under any of these dotted names."""
        found = (self.find(name) for name in names)
        return {each[0].place for each in found if each is not None}
