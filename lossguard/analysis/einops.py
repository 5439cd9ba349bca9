"""Patterns of einops: where each dimension goes, and what size it has then."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import prod

from msgspec import Struct

from lossguard.facts import TensorFacts

_Group = tuple[str, ...]


class Pattern(Struct, frozen=True):
    """``"b (h w) c -> b c h w"``: the names on both sides, those in brackets together."""

    left: tuple[_Group, ...]
    right: tuple[_Group, ...]

    def shape(
        self, shape: tuple[int | None, ...] | None, lengths: Mapping[str, int]
    ) -> tuple[int | None, ...]:
        """The shape of the result; ``lengths`` are those that the program gives by name."""
        known: dict[str, int | None] = dict(lengths)
        if shape is not None and len(shape) == len(self.left):
            for group, size in zip(self.left, shape, strict=True):
                if len(group) == 1:
                    known.setdefault(group[0], size)
        sizes = [[int(name) if name.isdigit() else known.get(name) for name in group] for group in self.right]
        return tuple(_product(each) for each in sizes)

    def axis(self, axis: int | None) -> int | None:
        """Where a dimension goes, None where it is merged with others or goes away."""
        if axis is None or not -len(self.left) <= axis < len(self.left):
            return None
        group = self.left[axis]
        return self.right.index(group) if len(group) == 1 and group in self.right else None


def parsed(pattern: str) -> Pattern | None:
    """Read a pattern; None where it has an ellipsis or is none."""
    if pattern.count("->") != 1 or "..." in pattern:
        return None
    left, right = (
        tuple(tuple(group.strip("()").split()) for group in re.findall(r"\([^)]*\)|[\w]+", side))
        for side in pattern.split("->")
    )
    return Pattern(left, right)


def rearranged(tensor: TensorFacts, pattern: Pattern) -> tuple[int | None, int | None]:
    """The dimensions along which a tensor sums to one, and in which its features lie, afterwards."""
    return pattern.axis(tensor.dim), pattern.axis(tensor.features)


def _product(sizes: Sequence[int | None]) -> int | None:
    known = [size for size in sizes if size is not None]
    return prod(known) if len(known) == len(sizes) else None
