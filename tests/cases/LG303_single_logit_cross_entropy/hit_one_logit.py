import torch
import torch.nn as nn
import torch.nn.functional as F


class BinaryNet(nn.Module):
    def __init__(self, features=30):
        super().__init__()
        self.hidden = nn.Linear(features, 16)
        self.out = nn.Linear(16, 1)

    def forward(self, x):
        x = x.view(-1, 30)
        return self.out(torch.relu(self.hidden(x)))


def class_style(x, y):
    criterion = nn.CrossEntropyLoss()
    return criterion(BinaryNet()(x), y)  # expect: LG303


def functional(features, y):
    logits = nn.Linear(64, 1)(features.flatten(1))
    return F.cross_entropy(logits, y.long())  # expect: LG303


def sequential(x, y):
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 1))
    return F.cross_entropy(input=net(x), target=y)  # expect: LG303


def segmentation(x, mask):
    scores = nn.Conv2d(3, 1, 1)(x)
    return nn.CrossEntropyLoss()(scores, mask)  # expect: LG303


def with_a_sigmoid(x, y):
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 1), nn.Sigmoid())
    return F.cross_entropy(net(x), y)  # expect: LG303


def with_a_softmax(x, y):
    scores = nn.Linear(784, 1)(x.flatten(1))
    return F.cross_entropy(scores.softmax(dim=1), y)  # expect: LG303


def same_shape(x):
    scores = BinaryNet()(x)
    return F.cross_entropy(scores, torch.ones(8, 1))  # expect: LG303


def constructed_with_one_class(x, y):
    net = Classifier(classes=1)
    return F.cross_entropy(net(x), y)  # expect: LG303


class Classifier(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(784, classes)

    def forward(self, x):
        return self.fc(self.flatten(x))
