"""What is asked of the target does not tell class indices from anything else."""

import torch.nn.functional as F
from torch import nn

model = nn.Linear(8, 3)


def number_of_samples(logits, targets):
    if targets.size(0) == 0:
        return logits.sum()
    return F.nll_loss(F.log_softmax(logits, dim=-1), targets)  # expect: LG202


def other_number_of_samples(logits, targets):
    if targets.shape[0] != logits.shape[0]:
        return logits.sum()
    return F.nll_loss(F.log_softmax(logits, dim=-1), targets)  # expect: LG202


def refused_otherwise(logits, targets):
    if targets.dim() != 1:
        raise ValueError("class indices are wanted")
    return F.nll_loss(F.log_softmax(logits, dim=-1), targets)  # expect: LG202


def asserted(logits, targets):
    assert targets.ndim == 1
    return F.nll_loss(F.log_softmax(logits, dim=-1), targets)  # expect: LG202


def converted(logits, targets):
    if targets.dim() > 1:
        targets = targets.squeeze(1)
    return F.nll_loss(F.log_softmax(logits, dim=-1), targets)  # expect: LG202


def train(loader):
    for x, y, weight in loader:
        targets = y.float() * weight
        number_of_samples(model(x), targets).backward()
        other_number_of_samples(model(x), targets).backward()
        refused_otherwise(model(x), targets).backward()
        asserted(model(x), targets).backward()
        converted(model(x), targets).backward()
