"""A loss and an activation of one's own: what they take and give stands in no table of lossguard's."""

import torch
from torch import Tensor, nn


class FocalLoss(nn.Module):
    """Counts less what is right already; takes raw scores and labels of 0 and 1."""

    def __init__(self, gamma: float = 2.0) -> None:
        super().__init__()
        self.gamma = gamma

    def forward(self, scores: Tensor, labels: Tensor) -> Tensor:
        softened = torch.logaddexp(torch.zeros_like(scores), -(2 * labels - 1) * scores)
        return ((1 - torch.exp(-softened)) ** self.gamma * softened).mean()


def squash(scores: Tensor) -> Tensor:
    return 0.5 * (scores / 2).tanh() + 0.5
