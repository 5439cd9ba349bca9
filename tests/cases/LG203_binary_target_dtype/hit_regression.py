import torch
import torch.nn.functional as F
from torch import nn

net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))


def counts_for_huber(x):
    y = torch.randint(0, 9, (16, 1))
    return nn.HuberLoss()(net(x), y)  # expect: LG203


def comparison_for_l1(x, quality):
    return F.l1_loss(net(x), quality > 0.5)  # expect: LG203


def labels_first(net, x, y):
    return nn.HuberLoss()(y.long(), nn.Linear(4, 1)(x))  # expect: LG203
