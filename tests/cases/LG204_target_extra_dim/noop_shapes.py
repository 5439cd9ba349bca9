import torch
import torch.nn as nn
import torch.nn.functional as F


def flat(logits):
    labels = torch.randint(0, 10, (32,))
    return F.cross_entropy(logits, labels)  # silent: (N,)


def squeezed(logits):
    labels = torch.randint(0, 10, (32, 1))
    return F.cross_entropy(logits, labels.squeeze(1))  # silent: squeezed


def squeezed_from_the_end(logits):
    labels = torch.randint(0, 10, (32, 1)).squeeze(-1)
    return F.cross_entropy(logits, labels)  # silent: squeezed


def flattened(logits):
    labels = torch.randint(0, 10, (32, 1))
    return F.cross_entropy(logits, labels.view(-1))  # silent: flattened


def column_taken(logits):
    labels = torch.randint(0, 10, (32, 1))
    return F.cross_entropy(logits, labels[:, 0])  # silent: the first column


def mask_without_channel(x):
    scores = nn.Conv2d(3, 21, 1)(x)
    mask = torch.randint(0, 21, (4, 1, 64, 64))
    return F.cross_entropy(scores, mask.squeeze(1))  # silent: (N, H, W)


def binary_column(logits):
    labels = torch.randint(0, 2, (32, 1)).float()
    return F.binary_cross_entropy_with_logits(logits, labels)  # silent: (N, 1) on both sides


def sequences_of_length_one():
    logits = torch.randn(32, 10, 1)
    labels = torch.randint(0, 10, (32, 1))
    return F.cross_entropy(logits, labels)  # silent: (N, C, 1) against (N, 1)


def regression(prediction, y):
    return F.mse_loss(prediction, y.view(-1, 1))  # silent: real values


def gathered(logits, y):
    log_probs = logits.log_softmax(dim=1)
    return -log_probs.gather(1, y.view(-1, 1)).mean()  # silent: gather wants the column


def probabilities_of_one_row(logits):
    target = torch.rand(1, 10)
    return F.cross_entropy(logits, target)  # silent: one row, ten classes


def column_for_the_binary_loss(logits, y):
    return F.binary_cross_entropy_with_logits(logits, y.float().unsqueeze(1))  # silent: one binary target a sample


def two_columns(logits):
    labels = torch.randint(0, 10, (32, 2))
    return F.cross_entropy(logits, labels[:, 1])  # silent: one of two columns
