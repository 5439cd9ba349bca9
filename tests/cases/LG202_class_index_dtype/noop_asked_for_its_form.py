"""The program asks what the target is, and takes it for class indices only where it is."""

import torch
import torch.nn.functional as F
from torch import nn

model = nn.Linear(8, 3)


def by_equal_shapes(logits, targets):
    log_probabilities = F.log_softmax(logits, dim=-1)
    if logits.shape == targets.shape:
        return -(targets * log_probabilities).sum(dim=1).mean()
    return F.nll_loss(log_probabilities, targets)  # silent: not for probabilities


def by_rank(logits, targets):
    if targets.dim() == 2:
        return -(targets * F.log_softmax(logits, dim=-1)).sum(dim=1).mean()
    return F.cross_entropy(logits, targets)  # silent


def by_other_rank(logits, targets):
    if targets.ndim != logits.ndim:
        return F.nll_loss(F.log_softmax(logits, dim=-1), targets)  # silent
    return -(targets * F.log_softmax(logits, dim=-1)).sum(dim=1).mean()


def by_length_of_shape(logits, targets):
    if len(targets.shape) < 2:
        return F.nll_loss(F.log_softmax(logits, dim=-1), targets)  # silent
    return -(targets * F.log_softmax(logits, dim=-1)).sum(dim=1).mean()


def by_last_size(logits, targets):
    if targets.size(-1) == logits.size(-1):
        return -(targets * F.log_softmax(logits, dim=-1)).sum(dim=1).mean()
    return F.nll_loss(F.log_softmax(logits, dim=-1), targets)  # silent


def by_element_type(logits, targets):
    if targets.dtype == torch.long:
        return F.nll_loss(F.log_softmax(logits, dim=-1), targets)  # silent
    return -(targets * F.log_softmax(logits, dim=-1)).sum(dim=1).mean()


def by_one_of_element_types(logits, targets):
    if targets.dtype not in (torch.int64, torch.int32):
        return -(targets * F.log_softmax(logits, dim=-1)).sum(dim=1).mean()
    return F.nll_loss(F.log_softmax(logits, dim=-1), targets)  # silent


def by_kind(logits, targets):
    if not targets.is_floating_point():
        return F.nll_loss(F.log_softmax(logits, dim=-1), targets)  # silent
    return -(targets * F.log_softmax(logits, dim=-1)).sum(dim=1).mean()


def train(loader):
    for x, y, weight in loader:
        targets = y.float() * weight
        for function in (by_equal_shapes, by_rank, by_other_rank, by_length_of_shape):
            function(model(x), targets).backward()
        by_last_size(model(x), targets).backward()
        by_element_type(model(x), targets).backward()
        by_one_of_element_types(model(x), targets).backward()
        by_kind(model(x), targets).backward()
