"""Summaries: what a call gave, kept for the next call that sees the same arguments and the same objects.

A call is summarised if it changed nothing that was there before it and made no loss call. Its summary holds
as long as none of the objects that it looked at has been written to. (Sharir and Pnueli, "Two approaches to
interprocedural data flow analysis", 1981: the functional approach, with the heap that a call reads as a part
of its input.)
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field

from lossguard.analysis.domain import Items, Reference, Store, Value

MODES = "mode"
"""The owner under which the heap keeps the modes of the library; a call that leaves restores them."""

GLOBALS = "globals"
"""The owner that stands for the variables of all modules."""

EFFECTS = "effects"
"""The owner that stands for what the evaluation tells the outside: loss calls."""


@dataclass
class Footprint:
    """What a call has looked at and written to so far, by the number of the object."""

    reads: set[Hashable] = field(default_factory=set)
    writes: set[Hashable] = field(default_factory=set)


class Heap(Store):
    """The attributes of objects, and a record of which objects are read and written.

    clock: counts writes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.clock = 0
        self._written: dict[Hashable, int] = {}
        self._footprints = [Footprint()]
        self._elsewhere = 0

    def get(self, key: Hashable) -> Value | None:
        """The value of an attribute, None where it has none."""
        assert isinstance(key, tuple)
        self._footprints[-1].reads.add(key[0])
        return super().get(key)

    def set(self, key: Hashable, value: Value) -> None:
        """Give an attribute a value from here on."""
        assert isinstance(key, tuple)
        self.touch(key[0])
        super().set(key, value)

    def touch(self, owner: Hashable) -> None:
        """Note that something has been written to an object."""
        self.clock += 1
        self._written[owner] = self.clock
        self._footprints[-1].writes.add(owner)

    def leave(self) -> dict[Hashable, Value]:
        """Close the layer, give back what it held, and note that it is no longer seen."""
        layer = super().leave()
        for key in layer:
            assert isinstance(key, tuple)
            self.touch(key[0])
        return layer

    @contextmanager
    def at_bottom(self, layers: int = 1) -> Iterator[None]:
        """Set every layer but the lowest aside; summaries made with what they hold are of no use there."""
        hidden = any(self._layers[layers:])
        self._elsewhere += hidden
        try:
            with super().at_bottom(layers):
                yield
        finally:
            self._elsewhere -= hidden

    @contextmanager
    def recording(self) -> Iterator[Footprint]:
        """Collect what is read and written; it counts for what goes on around as well."""
        footprint = Footprint()
        self._footprints.append(footprint)
        try:
            yield footprint
        finally:
            self._footprints.pop()
            self.add(footprint)

    def add(self, footprint: Footprint) -> None:
        """Count what a call has read and written."""
        self._footprints[-1].reads |= footprint.reads
        self._footprints[-1].writes |= footprint.writes

    def forget_records(self) -> None:
        """Let go of what was read and written so far; no summary may be left that was made of it."""
        self._written.clear()
        self._footprints[0] = Footprint()

    @property
    def summarises(self) -> bool:
        """Whether summaries can be made and used here."""
        return not self._elsewhere

    def unchanged(self, owners: AbstractSet[Hashable], since: int) -> bool:
        """Whether none of these objects has been written to since then."""
        return all(self._written.get(owner, 0) <= since for owner in owners)


@dataclass(frozen=True)
class Summary:
    """What a call gave, when, and what it had looked at; ``lasts``: that holds for other entry points too."""

    value: Value
    clock: int
    footprint: Footprint
    lasts: bool


class Summaries:
    """The summaries of one entry point, and what was found before it and holds for all."""

    def __init__(self, heap: Heap) -> None:
        self._heap = heap
        self._kept: dict[Hashable, Summary] = {}

    def clear(self) -> None:
        """Forget all summaries, and the records that they were made from."""
        self._kept.clear()
        self._heap.forget_records()

    def begin(self) -> None:
        """Begin with another entry point, which does not use what holds for the one before alone."""
        self._kept = {key: each for key, each in self._kept.items() if each.lasts}

    def find(self, key: Hashable) -> Value | None:
        """What the same call gave before, where it would give it again."""
        summary = self._kept.get(key) if self._heap.summarises else None
        if summary is None or not self._heap.unchanged(summary.footprint.reads, summary.clock):
            return None
        self._heap.add(summary.footprint)
        return summary.value

    def keep(self, key: Hashable, value: Value, footprint: Footprint, first: int, *, lasts: bool) -> None:
        """Keep what a call gave, if it wrote only to objects of its own: those numbered from ``first`` on."""
        own = {owner for owner in footprint.writes if isinstance(owner, int) and owner >= first}
        if footprint.writes - own - {MODES} or not self._heap.summarises or _is_new(value, first):
            return
        footprint.writes.clear()
        footprint.reads.add(GLOBALS)
        footprint.reads.difference_update({owner for owner in footprint.reads if owner in own})
        self._kept[key] = Summary(value, self._heap.clock, footprint, lasts)


def _is_new(value: Value, first: int) -> bool:
    """Whether a value is, or holds, an object that the call has made."""
    for atom in value.atoms:
        if isinstance(atom, Reference) and atom.number >= first:
            return True
        if isinstance(atom, Items) and any(_is_new(item, first) for item in atom.values):
            return True
    return False
