"""The module that made the bad value, named as the code that calls the loss reaches it."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor, nn

from lossguard import LossGuardError, guard, watch
from tests.runtime.semantics import C, N, binary, classes


class Head(nn.Module):
    """An activation that is a module of its own."""

    def __init__(self, act: nn.Module) -> None:
        super().__init__()
        self.fc = nn.Linear(8, C)
        self.act = act

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.act(self.fc(x))
        return out


class Net(nn.Module):
    """Attends with a softmax, which is right, before its head."""

    def __init__(self, act: nn.Module) -> None:
        super().__init__()
        self.attention = nn.ModuleDict({"score": nn.Linear(8, 8), "act": nn.Softmax(dim=1)})
        self.head = Head(act)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.head(x * self.attention["act"](self.attention["score"](x)))
        return out


class Functional(Net):
    """Applies the softmax as a function, next to an attention that has one as a module."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).softmax(1)


def message(criterion: nn.Module, model: nn.Module, labels: Tensor) -> str:
    """The model is known by its name here, and by others elsewhere."""
    out = model(torch.randn(N, 8))
    with pytest.raises(LossGuardError) as caught:
        criterion(out, labels)
    return caught.value.diagnostic.message


@pytest.mark.parametrize(
    ("criterion", "model", "labels", "origin"),
    [
        (nn.CrossEntropyLoss(), Net(nn.Softmax(dim=1)), classes(), "`softmax` in `model.head.act`"),
        (nn.CrossEntropyLoss(), Net(nn.Softmax(dim=-1)), classes(), "`softmax` in `model.head.act`"),
        (nn.CrossEntropyLoss(), Net(nn.Sigmoid()), classes(), "`sigmoid` in `model.head.act`"),
        (nn.BCEWithLogitsLoss(), Net(nn.Sigmoid()), binary(), "`sigmoid` in `model.head.act`"),
        (nn.NLLLoss(), Net(nn.Identity()), classes(), "`linear` in `model.head.fc`"),
        (nn.BCELoss(), nn.Sequential(nn.Linear(8, C)), binary(), "`linear` in `model.0`"),
        (
            nn.CrossEntropyLoss(),
            nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, C), nn.Softmax(dim=1)),
            classes(),
            "`softmax` in `model.3`",
        ),
        (nn.CrossEntropyLoss(), Functional(nn.Identity()), classes(), "`softmax`;"),
        (
            nn.CrossEntropyLoss(),
            nn.Sequential(nn.Linear(8, C), nn.Softmax(dim=1), nn.Softmax(dim=1)),
            classes(),
            "`softmax`;",
        ),
    ],
)
def test_the_module_is_named(criterion: nn.Module, model: nn.Module, labels: Tensor, origin: str) -> None:
    assert f"`out` comes from {origin}" in f"{message(guard(criterion), model, labels)};"


class Trainer:
    """Holds its model, as trainers do."""

    def __init__(self, net: nn.Module, criterion: Any) -> None:
        self.net = net
        self.criterion = criterion

    def step(self, x: Tensor, y: Tensor) -> Tensor:
        loss: Tensor = self.criterion(self.net(x), y)
        return loss


def test_a_model_that_a_trainer_holds_is_named() -> None:
    trainer = Trainer(Net(nn.Softmax(dim=1)), nn.CrossEntropyLoss())
    with watch(), pytest.raises(LossGuardError, match=r"`softmax` in `self\.net\.head\.act`"):
        trainer.step(torch.randn(N, 8), classes())


def test_a_model_out_of_sight_is_not_named() -> None:
    out = Net(nn.Softmax(dim=1))(torch.randn(N, 8))
    with pytest.raises(LossGuardError, match="`out` comes from `softmax`;"):
        guard(nn.CrossEntropyLoss())(out, classes())
