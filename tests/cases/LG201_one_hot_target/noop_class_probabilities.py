import torch
import torch.nn as nn
import torch.nn.functional as F


def class_indices(logits):
    labels = torch.tensor([2, 0, 1])
    return nn.CrossEntropyLoss()(logits, labels)  # silent: class indices


def float_one_hot(logits, labels):
    target = F.one_hot(labels, 10).float()
    return F.cross_entropy(logits, target)  # silent: floats are class probabilities


def one_hot_to_the_dtype_of_the_logits(logits, labels):
    target = F.one_hot(labels, logits.shape[1]).to(logits.dtype)
    return F.cross_entropy(logits, target)  # silent: the logits' own type


def smoothed(logits, labels, eps=0.1):
    target = F.one_hot(labels, 10) * (1 - eps) + eps / 10
    return F.cross_entropy(logits, target)  # silent: smoothing makes floats


def mixup(logits, labels, lam):
    target = F.one_hot(labels, 10).float()
    mixed = lam * target + (1 - lam) * target.flip(0)
    return nn.CrossEntropyLoss()(logits, mixed)  # silent: a mixture of class probabilities


def back_to_indices(logits, labels):
    target = F.one_hot(labels, 10)
    return F.cross_entropy(logits, target.argmax(dim=1))  # silent: argmax gives the indices back


def back_to_indices_by_max(logits, labels):
    target = F.one_hot(labels, 10)
    return F.cross_entropy(logits, torch.max(target, 1)[1])  # silent: the second element of max is the index


def binary(logits, labels):
    target = F.one_hot(labels, 10).float()
    return F.binary_cross_entropy_with_logits(logits, target)  # silent: one binary target a class


def brier(logits, labels):
    return F.mse_loss(logits.softmax(1), F.one_hot(labels, 10).float())  # silent: the Brier score


def for_the_dice_term(logits, labels):
    hot = F.one_hot(labels, 10)
    dice = (logits.softmax(-1) * hot).sum() / (logits.softmax(-1) + hot).sum()
    return F.cross_entropy(logits, labels) + 1 - dice  # silent: the one-hot labels are for the dice term


def one_hot_as_input(embedding, x, y):
    hot = F.one_hot(x, 100).float()
    return F.cross_entropy(embedding(hot), y)  # silent: the input is one-hot, not the target


def multi_label_margin(scores, padded):
    return nn.MultiLabelMarginLoss()(scores, padded)  # silent: takes a target of the input's shape


def zeros_and_scatter(logits, labels):
    target = torch.zeros(labels.size(0), 10).scatter_(1, labels.unsqueeze(1), 1.0)
    return F.cross_entropy(logits, target)  # silent: floats are class probabilities


def one_hot(labels, classes):
    """Floats: the project's own."""
    return torch.eye(classes)[labels]


def own_function(logits, labels):
    return F.cross_entropy(logits, one_hot(labels, 10))  # silent: not torch's one_hot
