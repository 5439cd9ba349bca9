"""How much an evaluation may take: a bound that is hit leaves a value unknown, it never stops the checker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

MAX_STEPS = 40_000
ASIDE_STEPS = 4_000
"""What a call may take at most where neither the function nor what stands beside it leads to a loss."""
_LEAST_STEPS = 1_000


class LimitReached(Exception):  # noqa: N818 - the end of a budget is no error
    """The evaluation of one entry point has used up its budget."""


class Budget:
    """The steps that are left to the entry point at hand.

    peeking: what runs out is given up as a whole, and not one call in it.
    """

    def __init__(self) -> None:
        self._used = 0
        self.peeking = False

    def spend(self) -> None:
        """Use up one step; ``LimitReached`` when there is none left."""
        self._used += 1
        if self._used > MAX_STEPS:
            raise LimitReached

    def renew(self, steps: int) -> None:
        """Start anew with so many steps, a full budget at most."""
        self._used = max(MAX_STEPS - steps, 0)

    @property
    def remaining(self) -> int:
        """The steps that are left."""
        return MAX_STEPS - self._used

    def allowance(self, *, aside: bool) -> int:
        """What a callee may use up, so that its caller can go on without it.

        aside: nothing there leads to a loss; it is looked into for its value alone.
        """
        share = max(self.remaining * 3 // 5, min(self.remaining, _LEAST_STEPS))
        return min(share, ASIDE_STEPS) if aside else share

    @contextmanager
    def at_most(self, steps: int) -> Iterator[None]:
        """Evaluate with at most so many steps; ``LimitReached`` when they are used up."""
        before = self._used
        self._used = max(before, MAX_STEPS - steps)
        allowed = self._used
        try:
            yield
        finally:
            self._used = before + self._used - allowed

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Evaluate with a full budget, and leave this one as it is."""
        before = self._used, self.peeking
        self._used, self.peeking = 0, False
        try:
            yield
        finally:
            self._used, self.peeking = before

    @contextmanager
    def peek(self, steps: int) -> Iterator[None]:
        """Evaluate a call that may turn out to be too long; ``LimitReached`` where it is."""
        with self.at_most(min(steps, self.allowance(aside=True))):
            self.peeking = True
            try:
                yield
            finally:
                self.peeking = False
