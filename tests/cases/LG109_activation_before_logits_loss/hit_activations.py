import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.functional import relu


class Net(nn.Module):
    def __init__(self, last):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(64, 10), last)

    def forward(self, x):
        return self.layers(x)


def rectified(x, y):
    return nn.CrossEntropyLoss()(Net(nn.ReLU())(x), y)  # expect: LG109


def dropped(x, y):
    return F.cross_entropy(Net(nn.Dropout(0.5))(x), y)  # expect: LG109


def functional(x, y):
    return F.cross_entropy(relu(nn.Linear(8, 3)(x)), y)  # expect: LG109


def method(x, y):
    return F.binary_cross_entropy_with_logits(nn.Linear(8, 1)(x).relu(), y)  # expect: LG109


def clamped(x, y):
    return F.cross_entropy(input=torch.clamp(nn.Linear(8, 3)(x), min=0), target=y)  # expect: LG109


def dropout(x, y):
    scores = F.dropout(nn.Linear(8, 3)(x), 0.2)
    return F.cross_entropy(scores.view(-1, 3), y)  # expect: LG109


def softplus(x, y):
    return nn.MultiMarginLoss()(F.softplus(nn.Linear(8, 3)(x)), y)  # expect: LG109
