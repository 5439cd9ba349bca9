import torch
import torch.nn.functional as F
from torch import nn


def indices(scores, y):
    return F.cross_entropy(scores, y)  # silent: class indices


def back_to_indices(scores, y):
    return F.cross_entropy(scores, F.one_hot(y, 10).float().argmax(1))  # silent: class indices again


def binary(scores, y):
    return F.binary_cross_entropy_with_logits(scores, F.one_hot(y, 10).float())  # silent: one label a class


def squared(scores, y):
    return F.mse_loss(scores, F.one_hot(y, 10).float())  # silent: real values


def smoothed(scores, y):
    target = F.one_hot(y, 10).float() * 0.9 + 0.01
    return F.cross_entropy(scores, target)  # silent: class probabilities


def mixed(scores, y, other, share):
    one, two = F.one_hot(y, 10).float(), F.one_hot(other, 10).float()
    return F.cross_entropy(scores, share * one + (1 - share) * two)  # silent: a mixture


def multi_margin(scores, y):
    return nn.MultiLabelSoftMarginLoss()(scores, F.one_hot(y, 10).float())  # silent: one label a class


def teacher(scores, other):
    return F.cross_entropy(scores, other.softmax(1))  # silent: class probabilities
