import torch.nn as nn


def reduced(outputs, reduction):
    if reduction == "none":
        return outputs
    return outputs[0].log_softmax(dim=1)


def train(x, y, reduction):
    net = nn.Linear(4, 3)
    return nn.CrossEntropyLoss()(reduced([net(x)], reduction), y.long())  # silent: one way of several
