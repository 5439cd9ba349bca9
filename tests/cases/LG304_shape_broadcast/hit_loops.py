import torch
from torch import nn
from torch.nn import functional as F

block = nn.Conv2d(3, 3, 3, padding=1)


def as_large_as_before(blocks):
    out = torch.zeros(2, 3, 64, 64)
    for _ in blocks:
        out = block(out)
    return F.mse_loss(out, torch.zeros(2, 3, 32, 32))  # expect: LG304


def one_value_for_each(loader):
    for x, y in loader:
        out = nn.Linear(4, 1)(x.view(-1, 4))
    return F.mse_loss(out, torch.zeros(8))  # expect: LG304


def three_times():
    out = torch.zeros(2, 3, 64, 64)
    for _ in range(3):
        out = F.max_pool2d(out, 2)
    return F.mse_loss(out, torch.zeros(2, 3, 4, 4))  # expect: LG304
