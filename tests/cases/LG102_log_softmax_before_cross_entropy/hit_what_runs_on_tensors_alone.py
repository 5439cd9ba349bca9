import torch.nn as nn
import torch.nn.functional as F


def reduced(outputs, reduction):
    if reduction == "none":
        return outputs
    if not outputs:
        return None
    return outputs[0]


class Net(nn.Module):
    def __init__(self, reduction):
        super().__init__()
        self.one, self.two = nn.Linear(4, 3), nn.Linear(4, 3)
        self.reduction = reduction

    def forward(self, x):
        # A list or None would raise here: whatever comes out is log-probabilities.
        return F.log_softmax(reduced([self.one(x), self.two(x)], self.reduction), dim=1)


def train(x, y, reduction):
    return nn.CrossEntropyLoss()(Net(reduction)(x), y.long())  # expect: LG102
