"""Programs that are fixed and run: their loss is the one that the right program has."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("torch")

import torch

from tests.fixing.mending import HEADER, Mending

SEED = "torch.manual_seed(0)\n"
HEADING = HEADER.replace("\nnet =", f"\n{SEED}net =")
MODEL = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 4)
        self.act = nn.Softmax(dim=1)
        self.layers = nn.Sequential(nn.Linear(8, 4), nn.Sigmoid())

    def forward(self, x):
        return {}


"""
LABELS = "t = (torch.arange(64).view(16, 4) % 3 == 0)\n"
CTC = """
frames = torch.randn(12, 2, 8)
n = torch.tensor([12, 12]), torch.tensor([3, 2])
z = torch.tensor([[1, 2, 3], [3, 1, 1]])
"""
PROGRAMS = [
    ("loss = F.cross_entropy(F.softmax(net(x), dim=1), y)", "loss = F.cross_entropy(net(x), y)"),
    (
        "loss = F.cross_entropy((net(x) / 2).softmax(1)[:8], y[:8])",
        "loss = F.cross_entropy((net(x) / 2)[:8], y[:8])",
    ),
    (
        MODEL.format("self.act(self.fc(x))") + "loss = nn.CrossEntropyLoss()(Net()(x), y)",
        MODEL.format("self.fc(x)") + "loss = nn.CrossEntropyLoss()(Net()(x), y)",
    ),
    (
        MODEL.format("self.layers(x)") + f"{LABELS}loss = nn.BCEWithLogitsLoss()(Net()(x), t)",
        MODEL.format("self.layers[0](x)") + f"{LABELS}loss = nn.BCEWithLogitsLoss()(Net()(x), t.float())",
    ),
    (
        f"{LABELS}loss = nn.BCELoss()(net(x), t.long())",
        f"{LABELS}loss = nn.BCELoss()(net(x).sigmoid(), t.float())",
    ),
    ("loss = nn.NLLLoss()(net(x), y)", "loss = nn.NLLLoss()(net(x).log_softmax(1), y)"),
    ("loss = F.nll_loss(F.softmax(net(x), 1), y)", "loss = F.cross_entropy(net(x), y)"),
    ("loss = F.cross_entropy(net(x), F.one_hot(y, 4))", "loss = F.cross_entropy(net(x), y)"),
    (
        "loss = F.nll_loss(net(x).log_softmax(1), F.one_hot(y, 4).float())",
        "loss = F.cross_entropy(net(x), y)",
    ),
    (
        "t = F.one_hot(y, 4)\nloss = F.cross_entropy(net(x), t)\nn = t.sum()",
        "loss = F.cross_entropy(net(x), y)",
    ),
    ("loss = F.cross_entropy(net(x), y.int())", "loss = F.cross_entropy(net(x), y)"),
    ("t = y.view(16, 1)\nloss = F.cross_entropy(net(x), t)", "loss = F.cross_entropy(net(x), y)"),
    ("loss = F.cross_entropy(y, net(x))", "loss = F.cross_entropy(net(x), y)"),
    ("loss = nn.CrossEntropyLoss(net(x), y)", "loss = nn.CrossEntropyLoss()(net(x), y)"),
    (
        "loss = F.kl_div(net(x).softmax(1), net(2 * x).softmax(1))",
        "p = net(2 * x).softmax(1)\nloss = (p * (p.log() - net(x).log_softmax(1))).sum() / 16",
    ),
    (
        "loss = F.kl_div(net(x).log_softmax(1), net(2 * x).log_softmax(1), reduction='sum')",
        "loss = F.kl_div(net(x).log_softmax(1), net(2 * x).softmax(1), reduction='sum')",
    ),
    (
        "loss = nn.CrossEntropyLoss(size_average=False)(net(x), y)",
        "loss = nn.CrossEntropyLoss(reduction='sum')(net(x), y)",
    ),
    (
        f"{CTC}loss = F.ctc_loss(net(frames), z, *n)",
        f"{CTC}loss = F.ctc_loss(net(frames).log_softmax(2), z, *n)",
    ),
]


def loss_of(program: str) -> torch.Tensor:
    """Run a program and give the loss that it computes."""
    names: dict[str, Any] = {"__name__": "program"}
    exec(compile(program, "<program>", "exec"), names)
    loss = names["loss"]
    assert isinstance(loss, torch.Tensor)
    torch.autograd.backward(loss)
    return loss.detach()


@pytest.mark.parametrize(("mistaken", "right"), PROGRAMS)
def test_the_loss_is_the_right_one(mending: Mending, mistaken: str, right: str) -> None:
    mending.write({"train.py": f"{HEADING}{mistaken}\n"})
    assert mending.codes("--fix", "--unsafe-fixes") == []
    fixed = mending.read()["train.py"]
    assert fixed != f"{HEADING}{mistaken}\n"
    torch.testing.assert_close(loss_of(fixed), loss_of(f"{HEADING}{right}\n"))
