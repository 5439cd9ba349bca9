"""Shapes that torch refuses: the prediction keeps a dimension that the labels do not have, or the reverse."""

import torch
import torch.nn.functional as F
from torch import nn

ranking = nn.MarginRankingLoss()


def binary(x, y):
    scores = nn.Linear(16, 1)(x.view(-1, 16))
    return F.binary_cross_entropy_with_logits(scores, y.float().flatten())  # expect: LG304


def probabilities(x):
    out = nn.Linear(16, 5)(x.view(-1, 16)).sigmoid()
    return nn.BCELoss()(out, torch.zeros(5))  # expect: LG304


def one_label_for_all(x):
    scores = nn.Linear(16, 5)(x.view(8, 16))
    return F.binary_cross_entropy_with_logits(scores, torch.ones(8, 1))  # expect: LG304


def ranked(x, other):
    net = nn.Linear(16, 1)
    return ranking(net(x.view(8, 16)), net(other.view(8, 16)), torch.ones(8))  # expect: LG304


def other_features(x):
    out = nn.Linear(16, 5)(x.view(8, 16))
    return F.l1_loss(out, torch.zeros(8, 4))  # expect: LG304


def variances_of_other_rows(x):
    mean = nn.Linear(16, 1)(x.view(4, 16))
    return F.gaussian_nll_loss(mean.view(1, -1), mean, torch.ones(4, 1))  # expect: LG304


def variances_of_other_features(x):
    mean = nn.Linear(16, 6)(x.view(4, 16))
    return nn.GaussianNLLLoss()(mean, torch.zeros(4, 6), torch.ones(4, 2))  # expect: LG304
