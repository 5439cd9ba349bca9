import torch
from torch import nn
from torch.nn import functional as F


class Net(nn.Module):
    def __init__(self, options=None):
        super().__init__()
        self.head = nn.Linear(4, 3)
        self.options = options or {}
        kind = self.options.get("loss", "ce")
        if kind == "ce":
            self.criterion = nn.CrossEntropyLoss()
        elif kind == "soft":
            self.criterion = SoftLoss()
        else:
            self.criterion = nn.CrossEntropyLoss(label_smoothing=0.1)

    def step(self, x, y):
        kind = self.options.get("loss", "ce")
        scores = self.head(x)
        if kind == "soft":
            return self.criterion(scores.softmax(1), y)  # silent: that is no cross entropy then
        return self.criterion(scores, y)


class SoftLoss(nn.Module):
    def forward(self, probabilities, y):
        return 1 - probabilities[torch.arange(len(y)), y].mean()


def train(x, y, **options):
    scores = nn.Linear(4, 3)(x)
    if options.get("log"):
        scores = scores.log_softmax(1)
    if options["log"]:
        return F.nll_loss(scores, y)
    return F.cross_entropy(scores, y)  # silent: where it is asked for twice, the answer is the same


def read(config, x, y):
    scores = nn.Linear(4, 3)(x)
    if config.get("loss", default="ce") == "ce":
        scores = scores.log_softmax(1)
    return F.nll_loss(scores, y) if config.get("loss", default="ce") == "ce" else F.cross_entropy(scores, y)
