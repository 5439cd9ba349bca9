"""Pairs of one shape go straight to torch's kernel, and nobody can tell but by the time it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode
from torch.profiler import ProfilerActivity, profile

from lossguard import LossGuardError, guard

LOSSES = [
    nn.MSELoss,
    nn.L1Loss,
    nn.SmoothL1Loss,
    nn.HuberLoss,
    lambda: nn.MSELoss(reduction="sum"),
    lambda: nn.L1Loss(reduction="none"),
    lambda: nn.SmoothL1Loss(beta=0.25),
    lambda: nn.SmoothL1Loss(beta=0.0),
    lambda: nn.HuberLoss(delta=3.0, reduction="sum"),
]


def _pair() -> tuple[Tensor, Tensor]:
    return nn.Linear(4, 3)(torch.randn(8, 4)), torch.randn(8, 3)


def _warm(criterion: nn.Module) -> nn.Module:
    guarded = guard(criterion, first=1)
    for _ in range(3):
        guarded(*_pair())
    return guarded


def _operators(call: Callable[[], object]) -> set[str]:
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        call()
    return {event.key for event in seen.key_averages()}


@pytest.mark.parametrize("make", LOSSES)
def test_loss_and_gradients_of_every_order_are_those_of_the_bare_loss(make: Callable[[], nn.Module]) -> None:
    scores, target = _pair()
    leaf = scores.detach().requires_grad_()
    found = []
    for criterion in (make(), _warm(make())):
        loss = criterion(leaf * 1, target)
        (gradient,) = torch.autograd.grad(loss.sum(), leaf, create_graph=True)
        second = torch.autograd.grad(gradient.pow(2).sum(), leaf, allow_unused=True)[0]
        found.append((loss, gradient, second))
    for bare, guarded in zip(*found, strict=True):
        assert (bare is None and guarded is None) or torch.equal(bare, guarded)


def test_nothing_is_broadcast_that_is_of_one_shape() -> None:
    scores, target = _pair()
    bare, guarded = nn.MSELoss(), _warm(nn.MSELoss())
    assert "aten::broadcast_tensors" in _operators(lambda: bare(scores, target))
    assert "aten::broadcast_tensors" not in _operators(lambda: guarded(scores, target))


def test_what_broadcasts_on_purpose_is_broadcast() -> None:
    criterion = guard(nn.MSELoss(), first=1, ignore=["LG304"])
    bare = nn.MSELoss()
    scores, target = nn.Linear(4, 3)(torch.randn(8, 4)), torch.randn(1, 3)
    for _ in range(4):
        with pytest.warns(UserWarning, match="different to the input size"):
            expected = bare(scores, target)
        with pytest.warns(UserWarning, match="different to the input size"):
            assert torch.equal(criterion(scores, target), expected)


def test_an_option_that_changes_counts_at_once() -> None:
    criterion: Any = _warm(nn.SmoothL1Loss())
    scores, target = _pair()
    criterion.beta, criterion.reduction = 0.1, "sum"
    for _ in range(3):
        expected = functional.smooth_l1_loss(scores, target, beta=0.1, reduction="sum")
        assert torch.equal(criterion(scores, target), expected)


def test_who_listens_to_functions_hears_the_function(monkeypatch: pytest.MonkeyPatch) -> None:
    criterion, heard = _warm(nn.MSELoss()), list[object]()

    class Listener(TorchFunctionMode):
        def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            heard.append(function)
            return function(*args, **(kwargs or {}))

    with Listener():
        criterion(*_pair())
    assert functional.mse_loss in heard
    monkeypatch.setattr(functional, "mse_loss", lambda *_, **__: torch.tensor(42.0))
    assert criterion(*_pair()).item() == 42


@pytest.mark.parametrize("make", LOSSES)
def test_after_right_calls_another_shape_is_told(make: Callable[[], nn.Module]) -> None:
    criterion = _warm(make())
    with pytest.raises(LossGuardError, match="LG304"):
        criterion(nn.Linear(4, 1)(torch.randn(8, 4)), torch.randn(8))
