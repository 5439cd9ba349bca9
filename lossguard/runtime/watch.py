"""``watch``: the guard over every torch loss call of the process, in code that nobody changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Lock
from types import TracebackType
from typing import cast, final

import torch
from torch import nn

from lossguard.runtime.glance import Glance
from lossguard.runtime.inspection import Inspector
from lossguard.runtime.interception import Intercepted, Way, interceptable
from lossguard.runtime.policy import Codes, OnViolation, Policy, mode, policy
from lossguard.runtime.tally import Tally

_LOCK = Lock()
_RUNNING: list[Watch] = []
_is_compiling = torch.compiler.is_dynamo_compiling


def watch(
    *,
    on_violation: OnViolation = "raise",
    first: int = 10,
    every: int = 100,
    select: Codes | None = None,
    ignore: Codes | None = None,
    stagnation: int | None = None,
) -> Watch:
    """Watch every call of a torch loss in this process, of modules and of functions, until it is stopped.

    Names that were imported earlier are covered, other threads as well, and losses inside of libraries. What
    ``guard`` guards answers to its own guard. The schedule of value checks, ``first`` and ``every``, counts
    the calls of each loss function; every option means what it does for ``guard``.

    A context manager, and a handle with ``stop()``. Several may run at a time and stop in any order; once the
    last has stopped, torch is what it was. Raises ``TypeError`` or ``ValueError`` for wrong options.
    """
    return Watch(policy(on_violation, first, every, select, ignore, stagnation))


@final
class Watch:
    """A running watch."""

    def __init__(self, policy: Policy) -> None:
        self._inspectors = {
            each.contract.name: Inspector(each.contract, each.parameters, policy, watches=True)
            for each in interceptable()
        }
        if mode() != "off":
            with _LOCK:
                _RUNNING.append(self)
                _divert()

    @property
    def is_running(self) -> bool:
        """Whether it has not been stopped."""
        return self in _RUNNING

    def stop(self) -> None:
        """End it; more than once changes nothing."""
        with _LOCK:
            if self in _RUNNING:
                _RUNNING.remove(self)
                _divert()

    def inspector(self, loss: str) -> Inspector:
        """Give what looks at the calls of one loss."""
        return self._inspectors[loss]

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def _divert() -> None:
    for each in interceptable():
        inspectors = tuple(running.inspector(each.contract.name) for running in _RUNNING)
        if inspectors:
            each.divert(_way(each, inspectors))
        else:
            each.restore()


def _way(intercepted: Intercepted, inspectors: tuple[Inspector, ...]) -> Way:
    """Make the way from a function of torch through the inspectors to what it did."""
    bare, is_method = intercepted.bare, intercepted.is_method
    (first, *others) = inspectors

    def attended(*args: object, **kwargs: object) -> object:
        if _is_compiling():
            first.tally.calls -= 1
            return bare(*args, **kwargs)
        if first.recognises(args, kwargs):
            return bare(*args, **kwargs)
        return first.attend(bare, None, args, kwargs)

    def through_all(*args: object, **kwargs: object) -> object:
        if _is_compiling():
            return bare(*args, **kwargs)
        loss, owner = bare, None
        if is_method:
            owner, args = cast("nn.Module", args[0]), args[1:]
            loss = partial(bare, owner)
        for inspector in inspectors:
            if not inspector.passes(args, kwargs):
                loss = _attended(inspector, loss, owner)
        return loss(*args, **kwargs)

    if is_method or others:
        return Way(Glance(Tally(""), due=-1), bare, through_all)
    return Way(first, bare, attended)


def _attended(
    inspector: Inspector, loss: Callable[..., object], owner: nn.Module | None
) -> Callable[..., object]:
    return lambda *args, **kwargs: inspector.attend(loss, owner, args, kwargs)
