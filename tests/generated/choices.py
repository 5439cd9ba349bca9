"""Named random choices: each is drawn for itself, so that one can be changed and all others stay."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Choices:
    """The choices that make a program.

    fixed: the number of the option that is taken where chance is not asked.
    made: the number of the option taken, by the name of the choice, in the order of asking.
    """

    def __init__(self, seed: int, fixed: Mapping[str, int] | None = None) -> None:
        self.seed = seed
        self.fixed = dict(fixed or {})
        self.made: dict[str, int] = {}

    def pick(self, name: str, options: Sequence[T], *, plain: float = 0.0) -> T:
        """Take one of the options; the first is the plainest, and has this share of the chances at least."""
        if name not in self.made:
            chance = Random(f"{self.seed} {name}")
            drawn = 0 if chance.random() < plain else chance.randrange(len(options))
            self.made[name] = min(self.fixed.get(name, drawn), len(options) - 1)
        return options[self.made[name]]

    def happens(self, name: str, odds: float) -> bool:
        """Say whether something happens that has these odds."""
        return self.pick(name, (False, True), plain=1 - 2 * odds)


def shrunk(seed: int, fixed: Mapping[str, int], fails: Callable[[Mapping[str, int]], bool]) -> dict[str, int]:
    """Take the first option of as many choices as possible, as long as the program fails.

    fixed: every choice that the failing program made.
    """
    smallest = dict(fixed)
    for name in fixed:
        if smallest[name] and fails({**smallest, name: 0}):
            smallest[name] = 0
    return smallest
