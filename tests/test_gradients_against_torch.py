"""What LG305 says of a program, against the gradient that torch computes when the program runs."""

from __future__ import annotations

from contextlib import suppress
from textwrap import indent

import pytest

pytest.importorskip("torch")

import torch

from lossguard import check_source

HEADER = """\
import torch
import torch.nn.functional as F
from torch import nn
from torch.autograd import Variable

net = nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3))
head = nn.Linear(3, 3)
scale = nn.Parameter(torch.ones(3))
batches = [(torch.randn(4, 6), torch.rand(4, 3))]

for x, y in batches:
"""
SEVERED = [
    "loss = F.mse_loss(net(x).detach(), y)",
    "loss = F.mse_loss(net(x).data, y)",
    "loss = F.mse_loss(net(x).round(), y)",
    "loss = F.mse_loss(torch.floor(net(x)), y)",
    "loss = F.mse_loss(net(x).ceil() * 2 + 1, y)",
    "loss = F.mse_loss(net(x).sign().relu(), y)",
    "loss = F.mse_loss((net(x) > 0).float(), y)",
    "loss = F.mse_loss(net(x).ge(0).double(), y.double())",
    "loss = F.mse_loss(net(x).argmax(1, keepdim=True).float().expand(4, 3), y)",
    "loss = F.mse_loss(net(x).argsort(1).float(), y)",
    "loss = F.mse_loss(net(x).topk(3)[1].float(), y)",
    "loss = F.mse_loss(net(x).sort(1)[1].float(), y)",
    "loss = F.mse_loss(net(x).int().float(), y)",
    "loss = F.mse_loss(net(x).to(torch.int64).float(), y)",
    "loss = F.mse_loss(F.one_hot(net(x).argmax(1), 3).float(), y)",
    "loss = F.mse_loss(torch.tensor(net(x)), y)",
    "loss = F.mse_loss(torch.from_numpy(net(x).detach().numpy()), y)",
    "loss = F.mse_loss(torch.bernoulli(net(x).sigmoid()), y)",
    "loss = F.mse_loss(Variable(net(x).argmax(1).float(), requires_grad=True), y[:, 0])",
    "loss = F.mse_loss(torch.cat([net(x).detach(), net(x).round()]), torch.cat([y, y]))",
    "loss = F.mse_loss(net(x).round(), y) / 4",
    "loss = F.mse_loss(net(x).round(), y).requires_grad_()",
    "with torch.no_grad():\n    out = net(x)\nloss = F.mse_loss(out, y)",
    "with torch.inference_mode():\n    out = net(x)\nloss = F.mse_loss(out.clone(), y)",
    "with torch.inference_mode(mode=True):\n    loss = F.mse_loss(net(x), y)",
    "with torch.set_grad_enabled(False):\n    loss = F.mse_loss(net(x), y)",
    "with torch.enable_grad(), torch.no_grad():\n    loss = F.mse_loss(net(x), y)",
    "@torch.no_grad()\ndef run(x):\n    return net(x)\nloss = F.mse_loss(run(x), y)",
]
ATTACHED = [
    "loss = F.mse_loss(net(x), y)",
    "loss = F.mse_loss(head(net(x).detach()), y)",
    "loss = F.mse_loss(net(x).detach() * scale, y)",
    "loss = F.mse_loss(F.linear(net(x).detach(), head.weight), y)",
    "out = net(x)\nloss = F.mse_loss(out + (out.round() - out).detach(), y)",
    "out = net(x)\nloss = F.mse_loss(out * (out > 0).float(), y)",
    "out = net(x)\nloss = F.mse_loss(out.detach(), out * 2)",
    "out = net(x)\nloss = F.mse_loss(torch.stack([out.detach(), out]).sum(0), y)",
    "out = net(x).detach()\nout[0] = net(x)[0]\nloss = F.mse_loss(out, y)",
    "out = net(x).detach()\nout.add_(scale)\nloss = F.mse_loss(out, y)",
    "out = torch.where(y > 0.5, net(x).detach(), net(x))\nloss = F.mse_loss(out, y)",
    "out = torch.as_tensor(net(x))\nloss = F.mse_loss(out, y)",
    "out = net(x).max(1)[0]\nloss = F.mse_loss(out, y[:, 0])",
    "with torch.inference_mode(False):\n    loss = F.mse_loss(net(x), y)",
    "with torch.set_grad_enabled(True):\n    loss = F.mse_loss(net(x), y)",
    "with torch.no_grad():\n    with torch.enable_grad():\n        loss = F.mse_loss(net(x), y)",
    "with torch.no_grad():\n    out = net(x)\nloss = F.mse_loss(head(out), y)",
    "out = net(x)\nwith torch.no_grad():\n    out.clamp_(-9, 9)\nloss = F.mse_loss(out, y)",
    "run = torch.enable_grad()(net.forward)\nwith torch.no_grad():\n    z = run(x)\nloss = F.mse_loss(z, y)",
]


def program(body: str) -> str:
    return HEADER + indent(f"{body}\nloss.backward()\n", "    ")


def gradient(source: str) -> float:
    """The largest gradient of a trainable parameter when the program has run; 0 where torch refuses."""
    names: dict[str, object] = {}
    torch.manual_seed(0)
    with suppress(RuntimeError):
        exec(compile(source, "program", "exec"), names)
    assert "loss" in names
    parameters = [
        parameter
        for value in names.values()
        for parameter in (value.parameters() if isinstance(value, torch.nn.Module) else [value])
        if isinstance(parameter, torch.nn.Parameter)
    ]
    return max(0.0 if p.grad is None else p.grad.abs().max().item() for p in parameters)


def codes(source: str) -> list[str]:
    return [finding.code for finding in check_source(source) if finding.code == "LG305"]


@pytest.mark.parametrize("body", SEVERED)
@pytest.mark.filterwarnings("ignore")
def test_what_is_reported_trains_nothing(body: str) -> None:
    assert gradient(program(body)) == 0.0
    assert codes(program(body)) == ["LG305"]


@pytest.mark.parametrize("body", ATTACHED)
@pytest.mark.filterwarnings("ignore")
def test_what_trains_is_not_reported(body: str) -> None:
    assert gradient(program(body)) > 0.0
    assert codes(program(body)) == []
