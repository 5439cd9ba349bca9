"""What the interpreter knows of a function or class of the project."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from lossguard.analysis import ir
from lossguard.analysis.domain import Value
from lossguard.analysis.places import Place

if TYPE_CHECKING:
    from lossguard.analysis.index import Unit
    from lossguard.analysis.interpreter.machine import Frame
    from lossguard.analysis.project import Module


@dataclass(eq=False)
class FunctionCode:
    """A function; ``load`` lowers it when it is first needed.

    scope: the frame in which it was defined, for free variables.
    owner: the class whose method it is.
    load_decorators: lowers its decorators alone; None where they are lowered with the function.
    defaults: the values of parameters with a default, evaluated where the function was defined.
    contexts: the context managers that decorate it, the innermost first.
    unit: its text, where it is not defined within a function.
    hands_on: whether it gives back what it decorates, and the functions that it calls to do so; by what is
        known of the way in which it is applied.
    """

    module: Module
    name: str
    load: Callable[[], ir.Function | ir.Lambda]
    scope: Frame | None = None
    owner: ClassCode | None = None
    defaults: dict[str, Value] | None = None
    contexts: list[Value] = field(default_factory=list)
    load_decorators: Callable[[], tuple[ir.Expression, ...]] | None = None
    unit: Unit | None = None
    hands_on: dict[Hashable, frozenset[Place] | None] = field(default_factory=dict)

    @cached_property
    def lowered(self) -> ir.Function | ir.Lambda:
        """The function's parameters and body."""
        return self.load()

    @property
    def calls(self) -> list[ir.Call]:
        """Every call in it, those in functions within it too."""
        return [each for each in ir.walk(self.lowered) if isinstance(each, ir.Call)]

    @cached_property
    def sets_globals(self) -> bool:
        """Whether it may set a variable of its module."""
        return (
            self.unit is not None and re.search(r"^\s+global\b", self.unit.text(), re.MULTILINE) is not None
        )

    @cached_property
    def decorators(self) -> tuple[ir.Expression, ...]:
        """The function's decorators, the outermost first."""
        if self.load_decorators is not None:
            return self.load_decorators()
        return self.lowered.decorators if isinstance(self.lowered, ir.Function) else ()

    @cached_property
    def place(self) -> Place:
        """Where it stands: the same for every record of one function."""
        return self.module.source.path, self.lowered.at if self.unit is None else self.unit.at

    @property
    def qualified(self) -> str:
        """The name as messages give it: ``Net.forward``."""
        return f"{self.owner.name}.{self.name}" if self.owner else self.name


@dataclass(eq=False)
class ClassCode:
    """A class; its namespace is filled when something of it is first needed.

    bases: the base classes, as ``Code`` atoms or external names.
    fields: names in the order of their definition, for dataclasses and named tuples.
    members: what the class body holds, in order.
    decorators: the outermost first.
    is_record: its fields are constructor arguments.
    unit: the class body that has not been executed yet.
    ancestry: the classes in which an attribute is looked up, once that has been asked.
    """

    module: Module
    name: str
    bases: tuple[Value, ...]
    scope: Frame | None = None
    namespace: dict[str, Value] = field(default_factory=dict)
    fields: list[tuple[str, Value | None]] = field(default_factory=list)
    members: tuple[Unit, ...] = ()
    decorators: tuple[ir.Expression, ...] = ()
    is_record: bool = False
    unit: Unit | None = None
    ancestry: Sequence[ClassCode | str] | None = None

    def setters(self, attribute: str) -> Iterator[str]:
        """The methods that assign an attribute."""
        for member, words in self._words:
            if attribute in words and attribute in member.assigned_attributes:
                yield member.name

    def may_construct(self, attribute: str) -> bool:
        """Whether the constructor names an attribute."""
        return any(attribute in each.identifiers for each in self.members if each.name == "__init__")

    @cached_property
    def _words(self) -> list[tuple[Unit, frozenset[str]]]:
        """The methods, with every word behind a dot in their texts: what one sees without parsing."""
        methods = (member for member in self.members if member.kind == "function")
        return [(member, frozenset(re.findall(r"\.\s*(\w+)", member.text()))) for member in methods]
