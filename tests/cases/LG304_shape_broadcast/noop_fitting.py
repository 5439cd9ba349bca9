"""Shapes that torch takes, though they look like those that it refuses."""

import torch
import torch.nn.functional as F
from torch import nn

ranking = nn.MarginRankingLoss()


def binary(x, y):
    scores = nn.Linear(16, 1)(x.view(-1, 16)).squeeze(1)
    return F.binary_cross_entropy_with_logits(scores, y.float().flatten())  # silent: both have one dimension


def binary_in_columns(x, y):
    scores = nn.Linear(16, 1)(x.view(-1, 16))
    return F.binary_cross_entropy_with_logits(scores, y.float().view(-1, 1))  # silent: both have two


def unknown_labels(x, y):
    return F.binary_cross_entropy_with_logits(nn.Linear(16, 1)(x), y)  # silent: they may have two


def ranked(x, other):
    net = nn.Linear(16, 1)
    return ranking(net(x.view(8, 16)), net(other.view(8, 16)), torch.ones(8, 1))  # silent: as many dimensions


def ranked_against_one_label(x, other):
    net = nn.Linear(16, 1)
    return ranking(net(x.view(8, 16)), net(other.view(8, 16)), torch.ones(1, 1))  # silent: stretched to all


def one_row_for_all(x):
    out = nn.Linear(16, 5)(x.view(8, 16))
    return F.l1_loss(out, torch.zeros(1, 5))  # silent: one row for all samples


def one_variance_for_each_row(x):
    mean = nn.Linear(16, 6)(x.view(4, 16))
    wanted = torch.zeros(4, 6)
    F.gaussian_nll_loss(mean, wanted, torch.ones(4, 1))  # silent: one for the row
    F.gaussian_nll_loss(mean, wanted, torch.ones(4))  # silent: the same
    return F.gaussian_nll_loss(mean, wanted, torch.ones(4, 6))  # silent: one for each value


def one_variance_for_each_feature(x):
    mean = nn.Linear(16, 6)(x.view(4, 16))
    F.gaussian_nll_loss(mean, torch.zeros(4, 6), 1.0)  # silent: a number
    return F.gaussian_nll_loss(mean, torch.zeros(4, 6), torch.ones(1, 6))  # silent: for all rows
