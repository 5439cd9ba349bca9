import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.functional import one_hot


def cast(scores, y):
    return F.cross_entropy(scores, F.one_hot(y, num_classes=10).float())  # expect: LG205


def imported(scores, y):
    target = one_hot(y, 10).to(torch.float32)
    return nn.CrossEntropyLoss()(scores, target)  # expect: LG205


def doubled(scores, y):
    return F.cross_entropy(input=scores, target=one_hot(y).double())  # expect: LG205


def typed(scores, y):
    return F.cross_entropy(scores, one_hot(y, 5).type(torch.float))  # expect: LG205


def rows_of_a_unit_matrix(scores, y):
    return F.cross_entropy(scores, torch.eye(10)[y])  # expect: LG205


class Trainer:
    def __init__(self):
        self.criterion = nn.CrossEntropyLoss()

    def step(self, model, x, y):
        y = F.one_hot(y, 10)
        return self.criterion(model(x), y.half())  # expect: LG205
