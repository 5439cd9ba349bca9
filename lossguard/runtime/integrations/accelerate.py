"""Accelerate: what ``accelerator.prepare`` does, with the losses among its arguments guarded."""

from __future__ import annotations

from typing import Any

from accelerate import Accelerator
from torch import nn

from lossguard.runtime.enclosing import home
from lossguard.runtime.guard import guard


def prepare(accelerator: Accelerator, *objects: object, **options: Any) -> tuple[Any, ...]:  # noqa: ANN401
    """Prepare objects, with every loss of torch among them guarded; a loss goes to the device and no further.

    options: those of ``lossguard.guard``.
    """
    ready = [_ready(accelerator, each, options) for each in objects]
    return tuple(ready)


def _ready(accelerator: Accelerator, given: object, options: dict[str, Any]) -> object:
    if isinstance(given, nn.Module) and home(type(given)) is not None:
        return guard(given.to(accelerator.device), **options)
    return accelerator.prepare(given)
