import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import nn as N
from torch.nn import CrossEntropyLoss

CLASS_WEIGHTS = [1.0, 2.0, 5.0]
NUM_CLASSES = 10


def weights_as_a_list():
    return nn.CrossEntropyLoss(weight=[1.0, 2.0, 5.0])  # expect: LG309


def weights_from_a_constant():
    return CrossEntropyLoss(CLASS_WEIGHTS)  # expect: LG309


def weights_as_a_tuple(x, y):
    return F.nll_loss(x, y, weight=(1.0, 2.0))  # expect: LG309


def number_of_classes():
    return nn.CrossEntropyLoss(NUM_CLASSES)  # expect: LG309


def positive_weight_as_a_number():
    return nn.BCEWithLogitsLoss(pos_weight=3.0)  # expect: LG309


def reduction_as_weight(x, y):
    return F.cross_entropy(x, y, "sum")  # expect: LG309


def too_much_smoothing():
    return nn.CrossEntropyLoss(label_smoothing=1.5)  # expect: LG309


def negative_smoothing(x, y):
    return F.cross_entropy(
        x,
        y,
        label_smoothing=-0.1,  # expect: LG309
    )


def smoothing_switched_on():
    return nn.CrossEntropyLoss(label_smoothing=True)  # expect: LG309


def misspelt_reduction():
    return nn.BCELoss(reduction="avg")  # expect: LG309


def reduction_of_another_loss(x, y):
    return F.cross_entropy(x, y, reduction="batchmean")  # expect: LG309


def reduction_none():
    return nn.MSELoss(reduction=None)  # expect: LG309


def reduction_by_position():
    return nn.MSELoss("sum")  # expect: LG309


def blank_by_position():
    return nn.CTCLoss("sum")  # expect: LG309


def no_delta(x, y):
    return F.huber_loss(x, y, delta=0)  # expect: LG309


def deprecated_sum():
    return N.MSELoss(size_average=False)  # expect: LG309


def deprecated_by_element():
    return nn.CrossEntropyLoss(reduce=False)  # expect: LG309


def deprecated_by_position():
    return nn.MSELoss(False, True)  # expect: LG309


class Weighted(nn.CrossEntropyLoss):
    def __init__(self):
        super().__init__(weight=[1.0, 2.0])  # expect: LG309


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 4)

    def forward(self, x):
        return self.fc(x)


def weighted(x, y):
    return Weighted()(x, y)


def too_few_weights(y):
    logits = Net()(torch.randn(8, 16))
    return F.cross_entropy(logits, y, torch.tensor([1.0, 2.0, 5.0]))  # expect: LG309


def too_few_weights_in_the_criterion(y):
    criterion = nn.CrossEntropyLoss(weight=torch.ones(3))
    return criterion(Net()(torch.randn(8, 16)), y)  # expect: LG309


def two_positive_weights(y):
    criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1.0, 9.0]))
    return criterion(Net()(torch.randn(8, 16)), y)  # expect: LG309


def an_index_among_probabilities(net, x):
    scores = nn.Linear(16, 5)(x)
    soft = torch.randn(8, 5).softmax(1)
    return nn.CrossEntropyLoss(ignore_index=0)(scores, soft)  # expect: LG309
