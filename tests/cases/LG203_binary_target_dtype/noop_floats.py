import torch
import torch.nn as nn
import torch.nn.functional as F


def literal_floats(scores):
    labels = torch.tensor([1.0, 0.0, 1.0])
    return nn.BCELoss()(torch.sigmoid(scores), labels)  # silent: floats


def cast(logits, y):
    return F.binary_cross_entropy_with_logits(logits, y.float())  # silent: cast to float


def random_labels(logits):
    y = torch.randint(0, 2, (16, 1)).float()
    return F.binary_cross_entropy_with_logits(logits, y)  # silent: cast to float


def like_the_logits(logits, y):
    return nn.BCEWithLogitsLoss()(logits, y.to(logits.dtype))  # silent: the logits' own type


def type_as(logits, y):
    return nn.BCEWithLogitsLoss()(logits, y.long().type_as(logits))  # silent: the logits' own type


def ones(scores):
    real = torch.ones(16, 1)
    return F.binary_cross_entropy(torch.sigmoid(scores), real)  # silent: ones are floats


def ones_like(scores):
    probs = scores.sigmoid()
    return F.binary_cross_entropy(probs, torch.ones_like(probs))  # silent: the type of the probabilities


def comparison_as_float(scores, quality):
    good = (quality > 0.5).float()
    return F.binary_cross_entropy(scores.sigmoid(), good)  # silent: cast to float


def one_hot(logits, y):
    target = F.one_hot(y, 10).to(torch.float32)
    return F.binary_cross_entropy_with_logits(logits, target)  # silent: cast to float


def doubles(logits, y):
    return F.binary_cross_entropy_with_logits(logits, y.double())  # silent: float64 is taken


def integers_for_soft_margin(scores, y):
    return nn.MultiLabelSoftMarginLoss()(scores, y.long())  # silent: takes integers


def class_indices(logits, y):
    return F.cross_entropy(logits, y.long())  # silent: class indices are integers


def smoothed(logits, y):
    target = y.long() * 0.9 + 0.05
    return F.binary_cross_entropy_with_logits(logits, target)  # silent: smoothing makes floats


def where(logits, y):
    target = torch.where(y > 0, 1.0, 0.0)
    return F.binary_cross_entropy_with_logits(logits, target)  # silent: floats from where


def unknown(logits, batch):
    return F.binary_cross_entropy_with_logits(logits, batch["target"])  # silent: nothing is known
