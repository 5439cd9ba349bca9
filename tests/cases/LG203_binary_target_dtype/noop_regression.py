import torch
import torch.nn.functional as F
from torch import nn

net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
counts = torch.randint(0, 9, (16, 1))


def other_losses_take_numbers(x, quality):
    a = F.mse_loss(net(x), counts) + F.smooth_l1_loss(net(x), quality > 0.5)
    return a + F.l1_loss(net(x), counts) + F.poisson_nll_loss(net(x), counts)


def converted(x):
    return nn.HuberLoss()(net(x), counts.float())


def unknown(x, y):
    return nn.HuberLoss()(net(x), y)


def evaluated(x):
    with torch.no_grad():
        return nn.HuberLoss()(net(x), counts)


def floats_first(net, x, y):
    return nn.HuberLoss()(y.float(), nn.Linear(4, 1)(x))  # silent: it takes either of them first
