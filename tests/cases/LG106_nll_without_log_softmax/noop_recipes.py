import torch
import torch.nn as nn
import torch.nn.functional as F


class FocalLoss(nn.Module):
    def __init__(self, gamma=2.0, weight=None):
        super().__init__()
        self.gamma = gamma
        self.weight = weight

    def forward(self, scores, target):
        log_pt = F.log_softmax(scores, dim=1)
        pt = torch.exp(log_pt)
        return F.nll_loss(((1 - pt) ** self.gamma) * log_pt, target, weight=self.weight)  # silent: weighted logarithms


def behaviour_cloning(x, actions):
    policy = F.softmax(nn.Linear(4, 2)(x), dim=-1)
    return F.nll_loss(torch.log(policy + 1e-8), actions)  # silent: the logarithm of probabilities


def two_columns(x, y):
    p = torch.sigmoid(nn.Linear(4, 1)(x))
    probs = torch.cat([1 - p, p], dim=1)
    return F.nll_loss(torch.log(probs), y.long().squeeze())  # silent: the logarithm of a two-column distribution


def normalised_sum(x, y):
    scores = nn.Linear(4, 3)(x)
    both = scores.log_softmax(-1) + scores.flip(0).log_softmax(-1)
    return F.nll_loss(both.log_softmax(-1), y)  # silent: normalised again
