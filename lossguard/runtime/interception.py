"""How the loss functions of torch are made to pass by us, everywhere in the process.

A function of ``torch.nn.functional`` is asked for by many names: ``F.cross_entropy``, the modules of
``torch.nn``, and ``from torch.nn.functional import cross_entropy`` in code that was imported long before. So
the function object stays what it is, and only its code is exchanged, for a line that leads to us; the code it
had lives on in a second function. TorchScript and ``inspect`` find the source there, through ``__wrapped__``;
dynamo and fx know the function by its identity, which does not change.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache, update_wrapper
from importlib import import_module
from types import CodeType, FunctionType
from typing import NamedTuple

import torch
from torch import Tensor

from lossguard.contracts import CONTRACTS, Contract, Parameter
from lossguard.runtime.glance import Glance

ENTRY = "__lossguard__"
"""The name, among the globals of a module of torch, of what leads to us; there only while we are."""

_INLINED = frozenset(
    {"AdaptiveLogSoftmaxWithLoss", "LinearCrossEntropyLoss", "TripletMarginWithDistanceLoss"}
)
"""Losses whose code dynamo reads, and whose parameters it remembers: their code has to stay what it is."""


class Way(NamedTuple):
    """Where a call that is led to us goes: to ``bare`` if a glance is enough, else to what attends to it."""

    glance: Glance
    bare: Callable[..., object]
    attended: Callable[..., object]
    plain: type = Tensor


class Intercepted(ABC):
    """A loss function of torch, or the ``forward`` of a loss that has no function.

    owner: the module or class that has it by ``name``.
    parameters: those of the call, without ``self``.
    bare: does what the function did.
    """

    bare: Callable[..., object]

    def __init__(self, owner: object, name: str, contract: Contract) -> None:
        self.owner = owner
        self.name = name
        self.contract = contract
        self.is_method = contract.function is None
        self.parameters: tuple[Parameter, ...] = contract.call if self.is_method else contract.functional

    @abstractmethod
    def divert(self, way: Way) -> None:
        """Lead every call of the function that way."""

    @abstractmethod
    def restore(self) -> None:
        """Leave the function as it was."""


class ByCode(Intercepted):
    """A function that keeps its identity and lends its code."""

    def __init__(self, owner: object, name: str, contract: Contract) -> None:
        super().__init__(owner, name, contract)
        function: FunctionType = getattr(owner, name)
        self._function = function
        self._code = function.__code__
        self._attributes = dict(vars(function))
        bare = FunctionType(function.__code__, function.__globals__, function.__name__, function.__defaults__)
        bare.__kwdefaults__ = function.__kwdefaults__
        self.bare = update_wrapper(bare, function)
        del bare.__wrapped__  # type: ignore[attr-defined]

    def divert(self, way: Way) -> None:
        """See the base class."""
        self._function.__globals__.setdefault(ENTRY, {})[self.name] = way
        self._function.__code__ = _leading(self.name, self._code)
        self._function.__wrapped__ = self.bare  # type: ignore[attr-defined]

    def restore(self) -> None:
        """See the base class."""
        self._function.__code__ = self._code
        self._function.__dict__.clear()
        self._function.__dict__.update(self._attributes)
        self._function.__globals__.pop(ENTRY, None)


class ByName(Intercepted):
    """A function whose name leads to another one for a while; who asked for it before has the bare one."""

    def __init__(self, owner: object, name: str, contract: Contract) -> None:
        super().__init__(owner, name, contract)
        self.bare = getattr(owner, name)

    def divert(self, way: Way) -> None:
        """See the base class."""
        glance, bare, attended, _ = way
        is_compiling = torch.compiler.is_dynamo_compiling

        def lead(*args: object, **kwargs: object) -> object:
            if is_compiling():
                return bare(*args, **kwargs)
            glance.tally.calls += 1
            return attended(*args, **kwargs)

        setattr(self.owner, self.name, update_wrapper(lead, self.bare))

    def restore(self) -> None:
        """See the base class."""
        setattr(self.owner, self.name, self.bare)


@cache
def interceptable() -> tuple[Intercepted, ...]:
    """Find the losses of torch that can be intercepted in this release."""
    found: list[Intercepted] = []
    for contract in CONTRACTS:
        owner, name = _home(contract)
        function = getattr(owner, name, None)
        if isinstance(function, FunctionType):
            by_name = contract.name in _INLINED or function.__code__.co_kwonlyargcount
            found.append((ByName if by_name else ByCode)(owner, name, contract))
    return tuple(found)


def _home(contract: Contract) -> tuple[object, str]:
    module, _, name = (contract.function or contract.module or "").rpartition(".")
    home = import_module(module)
    return (home, name) if contract.function is not None else (getattr(home, name, None), "forward")


_LEAD = """
def lead({parameters}):
    glance, bare, attended, plain = {entry}[{name!r}]
    tally = glance.tally
    tally.calls = calls = tally.calls + 1
    if (
        calls <= glance.due
        and type({scores}) is plain
        and type({scores}.grad_fn) is glance.node
        and (({rest}), {{}}) == glance.rest
        and glance.alike({scores}, {target})
    ):
        return bare({parameters})
    return attended({parameters})
"""


def _leading(name: str, code: CodeType) -> CodeType:
    """Write the code that leads to us, as if it stood where the function stands, and with its parameters.

    Written out, they come and go by their places: no call makes a dictionary of keywords.
    """
    scores, target, *others = parameters = code.co_varnames[: code.co_argcount]
    text = _LEAD.format(
        name=name,
        entry=ENTRY,
        parameters=", ".join(parameters),
        scores=scores,
        target=target,
        rest="".join(f"{other}, " for other in others),
    )
    made: dict[str, FunctionType] = {}
    exec(text, made)  # noqa: S102
    return made["lead"].__code__.replace(
        co_filename=code.co_filename, co_firstlineno=code.co_firstlineno, co_name=code.co_name
    )
