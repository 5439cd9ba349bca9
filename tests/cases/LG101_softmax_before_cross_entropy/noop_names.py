import torch
import torch.nn as nn


def softmax(x):
    """Shift only: the name misleads."""
    return x - x.max(dim=1, keepdim=True).values


def cross_entropy(probs, labels):
    return -torch.log(probs.gather(1, labels[:, None])).mean()


class CrossEntropyLoss(nn.Module):
    """Takes probabilities."""

    def forward(self, probs, labels):
        return cross_entropy(probs, labels)


class SparseMatrix:
    def __init__(self, values):
        self.values = values

    def softmax(self):
        return self.values


def own_softmax(scores, y):
    return nn.CrossEntropyLoss()(softmax(scores), y)  # silent: not torch's softmax


def own_function(scores, y):
    return cross_entropy(torch.softmax(scores, dim=1), y)  # silent: not torch's cross_entropy


def own_class(scores, y):
    criterion = CrossEntropyLoss()
    return criterion(torch.softmax(scores, dim=1), y)  # silent: not torch's class


def own_method(values, y):
    matrix = SparseMatrix(values)
    return nn.CrossEntropyLoss()(matrix.softmax(), y)  # silent: a method of another class


class Smoothed(nn.CrossEntropyLoss):
    def forward(self, input, target):
        return nn.functional.nll_loss(torch.log(input), target)  # silent: log-probabilities into NLL


def own_subclass(scores, y):
    criterion = Smoothed()
    return criterion(torch.softmax(scores, dim=1), y)  # silent: the subclass takes the logarithm itself
