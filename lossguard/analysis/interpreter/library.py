"""What the interpreter asks about everything that is not code of the project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from lossguard.analysis.domain import Atom, Items, Reference, Value
from lossguard.facts import TensorFacts

if TYPE_CHECKING:
    from lossguard.analysis.interpreter.machine import Arguments, Machine, Site


class Library(Protocol):
    """What the interpreter asks about everything that is not code of the project."""

    def call(self, machine: Machine, name: str, arguments: Arguments, site: Site) -> Value | None:
        """Call the function or class of this dotted name; None where it is not known."""

    def call_method(
        self, machine: Machine, receiver: Atom, name: str, arguments: Arguments, site: Site
    ) -> Value | None:
        """Call a method of a tensor, of an unknown value or of an object with an external base."""

    def call_object(
        self, machine: Machine, receiver: Reference, base: str, arguments: Arguments, site: Site
    ) -> Value | None:
        """Call an object by the ``__call__`` of its external base."""

    def attribute(self, machine: Machine, receiver: Atom, name: str, site: Site) -> Value | None:
        """An attribute of a tensor, or one that an object has from its external base."""

    def binary(self, operator: str, left: Atom, right: Atom, site: Site) -> Atom | None:
        """An arithmetic operator on at least one tensor."""

    def unary(self, operator: str, operand: Atom) -> Atom | None:
        """A unary operator on a tensor."""

    def compare(self, operator: str, left: Atom, right: Atom, site: Site) -> Atom | None:
        """A comparison of at least one tensor."""

    def is_same(self, one: str, other: str) -> bool:
        """Whether two dotted names mean the same thing."""

    def subscript(self, receiver: TensorFacts, index: Value) -> Atom:
        """Index a tensor."""

    def assigned(self, receiver: TensorFacts, value: Value) -> Atom:
        """A tensor after ``receiver[…] = value``."""

    def iterate(self, machine: Machine, receiver: Atom) -> Items | None:
        """What a loop over a tensor or an external object gives."""

    def exports(self, name: str) -> str | None:
        """What a star import binds under this dotted name, by its own; None where it binds nothing known."""

    def has_in_place(self, module: str) -> bool:
        """Whether functions of a module whose names end in ``_`` change the tensor that they are given."""

    def default_method(self, base: str) -> str | None:
        """The method that calling an object of this external base runs."""

    def with_attribute(self, receiver: TensorFacts, name: str, value: Value) -> TensorFacts:
        """A tensor after ``receiver.name = value``."""

    def governs(self, machine: Machine, manager: Atom) -> frozenset[str] | None:
        """The modes that a context manager, or a decorator, sets; None where it may set any."""
