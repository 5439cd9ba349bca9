"""An option that decides something else than which loss it is says nothing of the target."""

import torch.nn.functional as F
from torch import nn


def train(x, y, mode):
    scores = nn.Linear(4, 3)(x)
    target = F.one_hot(y, 3)
    if mode == "train":
        F.cross_entropy(scores, target).backward()  # expect: LG201
    elif mode == "mixed":
        F.cross_entropy(scores.double(), target).backward()  # expect: LG201
