"""What may be asked about the elements of a tensor, where a program runs and the guard may read them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

RESULT: Final = "the loss"
"""What the elements of the loss itself go by, beside the names of parameters."""


class Element(Struct, frozen=True):
    """One element of a tensor; ``position`` has one index a dimension, None where it is not known."""

    value: float
    position: tuple[int, ...] | None = None


class Course(Struct, frozen=True):
    """How a loss went lately: its least, greatest and mean value in so many calls, one after the other."""

    low: float
    high: float
    mean: float
    calls: int


class Elements(ABC):
    """The elements of one tensor that has some; each question is answered when it is asked.

    lengths: where given, only so many of the first elements of each row count; the rows of a tensor of one
        dimension stand one behind the other.
    """

    @abstractmethod
    def extremes(self) -> tuple[float, float]:
        """Give the least and the greatest element; both are NaN where one element is."""

    @abstractmethod
    def outside(
        self, low: float, high: float, *, spared: int | None = None, lengths: Sequence[int] | None = None
    ) -> Element | None:
        """Find the first element that is not in ``low`` … ``high``, nor ``spared``."""

    @abstractmethod
    def equal(self, value: int, *, lengths: Sequence[int] | None = None) -> Element | None:
        """Find the first element that has a value."""

    @abstractmethod
    def sums(self, dim: int) -> tuple[float, float] | None:
        """Give the least and the greatest sum along a dimension, rows of zeros aside; None for no other."""

    @abstractmethod
    def listed(self) -> list[int] | None:
        """List the elements of a tensor of integers; None where they cannot be had one by one."""
