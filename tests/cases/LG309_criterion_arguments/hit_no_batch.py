import torch.nn.functional as F
from torch import nn

layer = nn.Linear(4, 3)


def listed(x):
    return F.cross_entropy(layer(x), [0, 1, 2])  # expect: LG309


def number(x):
    return nn.MSELoss()(layer(x), 1.0)  # expect: LG309
