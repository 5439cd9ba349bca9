"""Binary cross-entropy of probabilities where autocast is on for CUDA."""

from contextlib import ExitStack

import torch
import torch.nn.functional as F
from torch import autocast, nn
from torch.cuda import amp

net = nn.Sequential(nn.Linear(8, 1), nn.Sigmoid())
criterion = nn.BCELoss()


def in_a_context(x, y):
    with torch.autocast("cuda"):
        return criterion(net(x), y)  # expect: LG308


def by_keyword(x, y):
    with torch.autocast(device_type="cuda", dtype=torch.bfloat16, enabled=True):
        return F.binary_cross_entropy(input=net(x), target=y)  # expect: LG308


def of_torch_cuda(x, y):
    with amp.autocast():
        out = net(x)
        return nn.functional.binary_cross_entropy(out.float(), y)  # expect: LG308


def held_in_a_variable(x, y, half):
    context = autocast("cuda:0") if half else amp.autocast(True)
    with context:
        return criterion(net(x), y)  # expect: LG308


@amp.autocast()
def decorated(x, y):
    return criterion(net(x), y)  # expect: LG308


def several(x, y):
    with torch.enable_grad(), torch.amp.autocast("cuda", torch.float16):
        return compute(x, y)


def compute(x, y):
    return criterion(net(x), y)  # expect: LG308


def on_a_stack(x, y):
    with ExitStack() as stack:
        stack.enter_context(autocast("cuda"))
        return criterion(net(x), y)  # expect: LG308


def on_either_device(x, y):
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with torch.autocast(device_type=device):
        return criterion(net(x), y)  # expect: LG308


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(8, 1)
        self.loss = nn.BCELoss(reduction="sum")

    @torch.autocast("cuda")
    def forward(self, x, y):
        return self.loss(torch.sigmoid(self.body(x)), y)  # expect: LG308
