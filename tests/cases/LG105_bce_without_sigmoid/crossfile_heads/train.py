import torch.nn as nn

from model import Probability, Scorer


def wrong(x, y):
    return nn.BCELoss()(Scorer()(x), y)  # expect: LG105


def right(x, y):
    return nn.BCELoss()(Probability()(x), y)  # silent: the subclass adds the sigmoid
