"""Who calls a function of torch: a loss module, and whether a guard looks at the call already."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import FrameType

from torch import nn

from lossguard.contracts import BY_MODULE, Contract
from lossguard.runtime.location import is_machinery

MARK = "__lossguard__"
"""The attribute that the types of guarded losses have: the type that they had."""


@dataclass(frozen=True, slots=True)
class Enclosing:
    """The call of a loss module that is under way."""

    owner: nn.Module
    contract: Contract
    args: tuple[object, ...]


def home(cls: type) -> tuple[type[nn.Module], Contract] | None:
    """Find the loss of torch that a class is or descends from."""
    for each in getattr(cls, MARK, cls).__mro__:
        contract = BY_MODULE.get(f"{each.__module__}.{each.__qualname__}")
        if contract is not None:
            return each, contract
    return None


def enclosing_call() -> tuple[Enclosing | None, bool]:
    """Give the loss module whose call is under way, if there is one, and whether the call is guarded."""
    frame: FrameType | None = sys._getframe(1)
    found: Enclosing | None = None
    while frame is not None and is_machinery(frame):
        owner = frame.f_locals.get("self")
        if getattr(type(owner), MARK, None) is not None:
            return found, True
        if found is None and isinstance(owner, nn.Module) and frame.f_code.co_name == "forward":
            found = _enclosing(owner, frame)
        frame = frame.f_back
    return found, False


def _enclosing(owner: nn.Module, frame: FrameType) -> Enclosing | None:
    loss = home(type(owner))
    if loss is None:
        return None
    _, contract = loss
    names = [parameter.name for parameter in contract.call]
    return Enclosing(owner, contract, tuple(frame.f_locals[name] for name in names if name in frame.f_locals))
