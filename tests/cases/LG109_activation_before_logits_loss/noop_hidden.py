import torch
import torch.nn.functional as F
from torch import nn

hidden = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 3))


def inside(x, y):
    return F.cross_entropy(hidden(x), y)  # silent: a layer follows


def regression(x, y):
    return F.mse_loss(F.relu(nn.Linear(8, 1)(x)), y)  # silent: no logits are wanted


def rate(x, y):
    return F.poisson_nll_loss(F.softplus(nn.Linear(8, 1)(x)), y, log_input=False)  # silent: a rate


def normalised(x, y):
    return F.cross_entropy(nn.BatchNorm1d(3)(F.relu(nn.Linear(8, 3)(x))), y)  # silent: to both sides of zero


def residual(x, y):
    return F.cross_entropy(F.dropout(nn.Linear(8, 3)(x)) + nn.Linear(8, 3)(x), y)  # silent: a sum


def scaled(x, y):
    return F.cross_entropy(nn.Linear(8, 3)(x) / 0.07, y)  # silent: a temperature


def leaky(x, y):
    return F.cross_entropy(F.leaky_relu(nn.Linear(8, 3)(x)), y)  # silent: negative scores stay apart


def probabilities(x, y):
    return F.binary_cross_entropy(nn.Linear(8, 3)(x).sigmoid().clamp(1e-6, 1 - 1e-6), y)  # silent: no logits


def unknown(x, y):
    return F.cross_entropy(x, y)  # silent: nothing is known
