"""The rows of ``tests/data/torch-2.13-loss-semantics.json``, as tensors: what a case is, what builds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from lossguard import LossGuardError

N, C = 8, 5

HAS_LINEAR_CROSS_ENTROPY = hasattr(nn, "LinearCrossEntropyLoss")
"""Whether torch has the loss that came with its release 2.13."""

RIGHT = None
"""The verdict on a call that breaks no contract, or one that torch and its users accept."""


@dataclass(frozen=True)
class Later:
    """A mistake that no rule decides yet; the code of the rule that is to."""

    code: str


Verdict = str | Later | None


@dataclass(frozen=True)
class Call:
    """A criterion, and what it is given."""

    criterion: Callable[..., object]
    args: tuple[object, ...]
    kwargs: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One row: how to build its call, and what the guard has to say."""

    loss: str
    misuse: str
    build: Callable[[], Call]
    verdict: Verdict


def case(
    loss: str, misuse: str, verdict: Verdict, criterion: Callable[[], Callable[..., object]], *args: object
) -> Case:
    """Write a row; arguments that are callables are built when the call is."""

    def build() -> Call:
        return Call(criterion(), tuple(arg() if callable(arg) else arg for arg in args))

    return Case(loss, misuse, build, verdict)


def code(call: Callable[[], object]) -> str | None:
    """Make a call, and give the code that the guard raises."""
    try:
        call()
    except LossGuardError as error:
        return error.code
    return None


def scores(*shape: int) -> Tensor:
    """Return f32 raw scores of a shape, made by a layer; (8, 5) by default."""
    shape = shape or (N, C)
    made: Tensor = nn.Linear(4, shape[-1])(torch.randn(*shape[:-1], 4))
    return made


def leaf(*shape: int) -> Tensor:
    """Return f32 values of a shape that no operation made."""
    return torch.randn(*(shape or (N, C))).requires_grad_()


def softmax(*shape: int) -> Tensor:
    """Return probabilities over dimension 1."""
    return scores(*shape).softmax(1)


def log_softmax(*shape: int) -> Tensor:
    """Return log-probabilities over dimension 1."""
    return scores(*shape).log_softmax(1)


def sigmoid(*shape: int) -> Tensor:
    """Return values between 0 and 1."""
    return scores(*shape).sigmoid()


def classes(*shape: int, count: int = C) -> Tensor:
    """Return int64 class indices, every class among them where there is room."""
    shape = shape or (N,)
    return torch.arange(torch.Size(shape).numel()).remainder(count).reshape(shape)


def one_hot(*shape: int) -> Tensor:
    """Return an int64 one-hot tensor (8, 5)."""
    return nn.functional.one_hot(classes(*shape), C)


def binary(*shape: int) -> Tensor:
    """Return f32 labels of 0 and 1."""
    return classes(*(shape or (N, C)), count=2).float()


def signs(*shape: int) -> Tensor:
    """Return f32 labels of -1 and +1."""
    return binary(*(shape or (N,))) * 2 - 1


def soft(*shape: int) -> Tensor:
    """Return f32 class probabilities that carry no gradient."""
    return torch.randn(*(shape or (N, C))).softmax(1)


def rows_of(loss: type[nn.Module]) -> Any:
    """Write the rows of one loss, as ``row(misuse, verdict, *arguments, **options)``."""

    def row(misuse: str, verdict: Verdict, *args: object, **options: Any) -> Case:
        return case(loss.__name__, misuse, verdict, lambda: loss(**options), *args)

    return row


def filled(build: Any, value: float) -> Any:
    """Put one value into the first place of a tensor."""

    def fill() -> Tensor:
        tensor: Tensor = build().clone()
        tensor.view(-1)[0] = value
        return tensor

    return fill


def to(build: Any, dtype: torch.dtype) -> Any:
    """Convert a tensor."""
    return lambda: build().to(dtype)
