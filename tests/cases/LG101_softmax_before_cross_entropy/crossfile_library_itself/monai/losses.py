import torch.nn as nn


class DiceLoss(nn.Module):
    def __init__(self, softmax=False):
        super().__init__()
        self.softmax = softmax

    def forward(self, input, target):
        return 1 - (input * target).sum() / (input + target).sum()


class CrossEntropyLoss(nn.CrossEntropyLoss):
    pass
