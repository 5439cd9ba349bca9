"""What a program asks about the form of a tensor, to do one thing or another: its shape and element type."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Final

from lossguard.analysis.domain import Guard, Symbol, Value
from lossguard.analysis.interpreter.machine import Machine, Site
from lossguard.contracts import Space
from lossguard.facts import TensorFacts

SIZE: Final = "size"
_FORM: Final = "form"


def form(machine: Machine, tensor: TensorFacts, name: str, site: Site) -> Value:
    """Something about the form of a tensor that is not known."""
    reason = f"`{name}` of a tensor"
    machine.demand.follows(reason, tensor)
    return machine.unknown(_FORM, site, reason, name, tensor)


def size(machine: Machine, tensor: TensorFacts, dimension: int, site: Site) -> Value:
    """The size of a dimension that is not known."""
    return machine.unknown(SIZE, site, "", dimension, tensor)


def asked_under(guard: Guard) -> frozenset[TensorFacts]:
    """The tensors whose form decides whether conditions hold; how many samples there are is no form."""
    return frozenset(tensor for literal in guard for tensor in _asked_in(literal.symbol))


def _asked_in(symbol: Symbol) -> Iterator[TensorFacts]:
    waiting: list[object] = [symbol]
    seen: set[int] = set()
    while waiting:
        part = waiting.pop()
        if isinstance(part, TensorFacts):
            yield _bare(part)
        elif isinstance(part, tuple) and id(part) not in seen and not _counts_samples(part):
            seen.add(id(part))
            waiting.extend(part)


def _counts_samples(part: tuple[object, ...]) -> bool:
    if not isinstance(part, Symbol):
        return False
    return (part.kind == "[]" and part.parts[1] == 0) or (part.kind == SIZE and part.parts[2:3] == (0,))


def unasked(tensor: TensorFacts, asked: AbstractSet[TensorFacts]) -> TensorFacts:
    """What is known of a tensor where the program has asked for its form, and goes by the answer."""
    return tensor.replace(space=Space.UNKNOWN, dtype=None) if _bare(tensor) in asked else tensor


def _bare(tensor: TensorFacts) -> TensorFacts:
    """The same tensor, whichever way it came."""
    return tensor.replace(steps=(), losses=frozenset(), reason="")
