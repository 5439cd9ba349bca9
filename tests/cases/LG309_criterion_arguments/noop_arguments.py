import pytest
import torch
import torch.nn as nn
import torch.nn.functional as F

WEIGHTS = [1.0, 2.0, 5.0]


def weights_as_a_tensor():
    return nn.CrossEntropyLoss(weight=torch.tensor(WEIGHTS))  # silent: a tensor


def weights_by_position():
    return nn.CrossEntropyLoss(torch.FloatTensor(WEIGHTS).cuda())  # silent: a tensor


def weights_of_the_caller(weights):
    return nn.CrossEntropyLoss(weights)  # silent: nobody knows


def weights_converted_first(weights=[1.0, 2.0]):
    weights = torch.as_tensor(weights)
    return nn.NLLLoss(weight=weights)  # silent: a tensor by now


def no_weight():
    return nn.CrossEntropyLoss(None, None, 255)  # silent: no weight, and an index that does not count


def list_or_tensor(weights, as_tensor):
    weights = [1.0, 2.0]
    if as_tensor:
        weights = torch.tensor(weights)
    return nn.CrossEntropyLoss(weight=weights)  # silent: one of two ways is right


def smoothing():
    return nn.CrossEntropyLoss(label_smoothing=0.1)  # silent: between 0 and 1


def no_smoothing():
    return nn.CrossEntropyLoss(label_smoothing=0)  # silent: between 0 and 1


def all_smoothing():
    return nn.CrossEntropyLoss(label_smoothing=1.0)  # silent: the uniform distribution, said as a number


def reductions(x, y):
    return F.l1_loss(x, y, reduction="none")  # silent: known


def batchmean(x, y):
    return F.kl_div(x, y, reduction="batchmean")  # silent: known to this loss


def reduction_of_the_caller(reduction):
    return nn.MSELoss(reduction=reduction)  # silent: nobody knows


def number_for_a_native_function(x, y):
    return torch.hinge_embedding_loss(x, y, 1.0, 2)  # silent: a number is right there


def legacy_function(x, y):
    return F.binary_cross_entropy(x, y, size_average=False)  # silent: the function does what it is told


def legacy_none():
    return nn.MSELoss(size_average=None, reduce=None, reduction="sum")  # silent: None is the default


def passed_on(weight=None, size_average=None, reduction="mean"):
    return nn.BCELoss(weight, size_average, None, reduction)  # silent: the defaults


def no_beta(x, y):
    return F.smooth_l1_loss(x, y, beta=0)  # silent: the absolute error


def multiplied(x, y):
    return F.multilabel_soft_margin_loss(x, y, 0.5)  # silent: the function multiplies by it


class Focal(nn.BCEWithLogitsLoss):
    def __init__(self, reduction="focal"):
        super().__init__(reduction="focal")  # silent: its own forward may know it

    def forward(self, input, target):
        loss = F.binary_cross_entropy_with_logits(input, target, reduction="none")  # silent: known
        return loss.pow(2).mean()


def expected_to_fail():
    with pytest.raises(TypeError):
        nn.CrossEntropyLoss(weight=[1.0, 2.0])  # silent: the program waits for it to fail


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 4)

    def forward(self, x):
        return self.fc(x)


def one_weight_a_class(y):
    return F.cross_entropy(Net()(torch.randn(8, 16)), y, torch.ones(4))  # silent: as many as there are classes


def weights_of_unknown_number(y, weights):
    return F.cross_entropy(Net()(torch.randn(8, 16)), y, torch.tensor(weights))  # silent: nobody knows how many


def one_positive_weight(y):
    criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([3.0]))
    return criterion(Net()(torch.randn(8, 16)), y)  # silent: one for all


def weight_of_elements(y):
    probs = Net()(torch.randn(8, 16)).sigmoid()
    return F.binary_cross_entropy(probs, y, weight=torch.ones(8, 1))  # silent: one a sample


class CrossEntropyLoss:
    def __init__(self, num_classes):
        self.num_classes = num_classes


def own_class():
    return CrossEntropyLoss(10)  # silent: not torch's class


def an_index_that_no_label_has(net, x):
    scores = nn.Linear(16, 5)(x)
    soft = torch.randn(8, 5).softmax(1)
    return nn.CrossEntropyLoss(ignore_index=-100)(scores, soft)  # silent: torch takes it


def an_index_among_indices(net, x, y):
    return nn.CrossEntropyLoss(ignore_index=0)(nn.Linear(16, 5)(x), y.long())  # silent: class indices
