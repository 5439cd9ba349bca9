"""The element type of integers is known, by whichever of its names the program asks for it."""

import torch
import torch.nn.functional as F
from torch import nn

model = nn.Linear(8, 3)


def by_short_name(scores, targets):
    if targets.dtype == torch.long:
        return F.binary_cross_entropy_with_logits(scores, targets)  # expect: LG203
    return scores.sum()


def by_long_name(scores, targets):
    if targets.dtype in (torch.int32, torch.int64):
        return F.binary_cross_entropy_with_logits(scores, targets)  # expect: LG203
    return scores.sum()


def by_kind(scores, targets):
    if targets.is_floating_point():
        return scores.sum()
    return F.binary_cross_entropy_with_logits(scores, targets)  # expect: LG203


def converted(scores, targets):
    if targets.dtype != torch.float32:
        targets = targets.float()
    return F.binary_cross_entropy_with_logits(scores, targets)  # silent


def converted_by_kind(scores, targets):
    if not torch.is_floating_point(targets):
        targets = targets.to(scores.dtype)
    return F.binary_cross_entropy_with_logits(scores, targets)  # silent


def train(loader):
    for x, y in loader:
        for function in (by_short_name, by_long_name, by_kind, converted, converted_by_kind):
            function(model(x), y.long()).backward()
