import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 4)

    def forward(self, x):
        return self.fc(x)


def constructed_and_called(x):
    labels = torch.tensor([2, 0, 1])
    return nn.CrossEntropyLoss()(Net()(x), labels)  # silent: constructed, then called


def class_weights(x, y):
    weights = torch.tensor([1.0, 2.0, 1.0, 0.5])
    criterion = nn.CrossEntropyLoss(weights)  # silent: class weights
    return criterion(Net()(x), y)


def class_weights_by_name(counts):
    weights = 1.0 / counts.float()
    return nn.CrossEntropyLoss(weight=weights / weights.sum())  # silent: class weights


def class_weights_on_a_device(counts, device):
    return nn.NLLLoss(torch.tensor(counts).float().to(device))  # silent: class weights


def positive_weights():
    return nn.BCEWithLogitsLoss(pos_weight=torch.tensor([3.0]))  # silent: the weight of positives


def both_weights(weight):
    return nn.BCEWithLogitsLoss(weight, pos_weight=torch.ones(4))  # silent: two weights


def weights_of_elements(mask):
    return nn.BCELoss(mask.float())  # silent: a weight for each element


def options():
    return nn.CrossEntropyLoss(None, ignore_index=0, label_smoothing=0.1)  # silent: options


def options_by_position():
    return nn.BCELoss(None, None, None, "sum")  # silent: words, not tensors


def function_form(x, y):
    return F.cross_entropy(Net()(x), y.long())  # silent: the function takes both


def function_with_weights(x, y):
    return F.cross_entropy(Net()(x), y.long(), torch.ones(4))  # silent: the third argument is the weight


class CrossEntropyLoss:
    """Computes at once."""

    def __init__(self, output, labels):
        self.value = F.cross_entropy(output, labels)


def own_class(x):
    return CrossEntropyLoss(Net()(x), torch.tensor([2, 0, 1])).value  # silent: not torch's class
