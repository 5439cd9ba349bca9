import torch
import torch.nn as nn
import torch.nn.functional as F


class FocalLoss(nn.Module):
    def __init__(self, gamma=2.0, logits=False):
        super().__init__()
        self.gamma = gamma
        self.logits = logits

    def forward(self, inputs, targets):
        if self.logits:
            bce = F.binary_cross_entropy_with_logits(inputs, targets, reduction="none")  # silent: raw scores
        else:
            bce = F.binary_cross_entropy(inputs, targets, reduction="none")  # silent: probabilities
        pt = torch.exp(-bce)
        return ((1 - pt) ** self.gamma * bce).mean()


def focal(x, y):
    net = nn.Linear(4, 1)
    return FocalLoss(logits=True)(net(x), y) + FocalLoss()(net(x).sigmoid(), y)


def gan(net_d, net_g, real):
    criterion = nn.BCELoss()
    label = torch.full((real.size(0),), 1.0)
    error = criterion(net_d(real).view(-1), label)  # silent: nothing is known of the discriminator
    label.fill_(0.0)
    fake = net_g(torch.randn(real.size(0), 100))
    return error + criterion(net_d(fake.detach()).view(-1), label)  # silent: nothing is known of it


def click_through(x, y):
    out = torch.sigmoid(nn.Linear(4, 1)(x) + nn.Linear(4, 1)(x)).squeeze(1)
    return F.binary_cross_entropy(out, y.float(), reduction="sum")  # silent: the sigmoid of a sum


def detection(prediction, target):
    confidence = torch.sigmoid(prediction[..., 4])
    return F.binary_cross_entropy(confidence, target[..., 4])  # silent: a slice through a sigmoid


def deep_supervision(x, y):
    outs = [nn.Conv2d(3, 1, 1)(x) for _ in range(3)]
    loss = sum(F.binary_cross_entropy_with_logits(out, y) for out in outs)  # silent: raw scores
    outs = [torch.sigmoid(out) for out in outs]
    return loss + F.binary_cross_entropy(outs[-1], y)  # silent: the list holds sigmoids now
