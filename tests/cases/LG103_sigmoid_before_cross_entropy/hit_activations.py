import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.functional import cross_entropy as ce


class Detector(nn.Module):
    """The loss is part of forward."""

    def __init__(self, classes):
        super().__init__()
        self.conv = nn.Conv2d(64, 5 + classes, 1)
        self.ce_loss = nn.CrossEntropyLoss()

    def forward(self, x, targets, mask):
        prediction = self.conv(x).permute(0, 2, 3, 1)
        pred_conf = torch.sigmoid(prediction[..., 4])
        pred_cls = torch.sigmoid(prediction[..., 5:])
        loss_cls = self.ce_loss(pred_cls[mask], torch.argmax(targets[mask], 1))  # expect: LG103
        return loss_cls + pred_conf.mean()


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(20, 10), nn.ReLU(), nn.Linear(10, 3), nn.Sigmoid())

    def forward(self, x):
        return self.layers(x)


class Squashed(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(20, 3)
        self.act = nn.Tanh()

    def forward(self, x):
        return self.act(self.fc(x))


def classifier(x, y):
    criterion = nn.CrossEntropyLoss()
    return criterion(Classifier()(x), y)  # expect: LG103


def squashed(x, y):
    return F.cross_entropy(Squashed()(x), y)  # expect: LG103


def functional(scores, y):
    return ce(F.sigmoid(scores), y)  # expect: LG103


def method(scores, y):
    return ce(scores.sigmoid(), target=y)  # expect: LG103


def in_place(scores, y):
    scores = scores.sigmoid_()
    return F.cross_entropy(scores, y)  # expect: LG103


def tanh_method(scores, y):
    out = scores.tanh()
    return F.cross_entropy(target=y, input=out)  # expect: LG103


def stacked(first, second, y):
    scores = torch.cat([torch.sigmoid(first), torch.sigmoid(second)], dim=1)
    return F.cross_entropy(scores, y)  # expect: LG103
