import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self, outputs=10):
        super().__init__()
        self.fc = nn.Linear(784, outputs)

    def forward(self, x):
        return self.fc(x)


def right_order(x):
    labels = torch.tensor([2, 0, 1])
    return F.cross_entropy(Net()(x), labels)  # silent: the right order


def keywords_in_another_order(x):
    labels = torch.tensor([2, 0, 1])
    return F.cross_entropy(target=labels, input=Net()(x))  # silent: keywords say what is what


def symmetric(x):
    real = torch.ones(32, 1)
    return F.mse_loss(real, Net(1)(x))  # silent: the mean squared error is symmetric


def symmetric_classes(x, y):
    output = Net(1)(x)
    first = nn.L1Loss()(y.float(), output)  # silent: symmetric
    second = nn.SmoothL1Loss()(torch.zeros(32, 1), output)  # silent: symmetric
    third = nn.HuberLoss()(torch.zeros(32, 1), output)  # silent: symmetric
    return first + second + third


def distillation(x, teacher):
    student = F.log_softmax(Net()(x), dim=1)
    with torch.no_grad():
        target = F.softmax(teacher(x), dim=1)
    return F.kl_div(student, target, reduction="batchmean")  # silent: the target is the teacher


def mutual(x):
    first, second = Net()(x), Net()(x)
    return F.cross_entropy(first, F.softmax(second, dim=1))  # silent: both are models


def pseudo_labels(x):
    labels = Net()(x).argmax(dim=1)
    return F.cross_entropy(Net()(x), labels)  # silent: pseudo-labels of a model


def soft_pseudo_labels(x):
    teacher, student = Net(1), Net(1)
    target = (torch.sigmoid(teacher(x)) > 0.5).float()
    return F.binary_cross_entropy_with_logits(student(x), target)  # silent: thresholded pseudo-labels


def detached(x):
    online, offline = Net(1), Net(1)
    return F.binary_cross_entropy_with_logits(online(x), offline(x).sigmoid().detach())  # silent: both are models


def against_a_prior(x):
    posterior = F.softmax(Net()(x), dim=1)
    prior = torch.full((32, 10), 0.1)
    return F.kl_div(prior.log(), posterior, reduction="batchmean")  # silent: the divergence from the prior


def both_logarithms(p, x):
    q = F.log_softmax(Net()(x), dim=1)
    return F.kl_div(p.log_softmax(1), q, log_target=True, reduction="batchmean")  # silent: log_target


def unknown_labels(x, y):
    return F.binary_cross_entropy_with_logits(y, Net(1)(x))  # silent: nothing is known of y


def unknown_model(model, x):
    labels = torch.tensor([2, 0, 1])
    return F.cross_entropy(model(x), labels)  # silent: the right order, an unknown model


def labels_first(labels, logits):
    return F.cross_entropy(logits, labels)


def own_wrapper(x):
    labels = torch.tensor([2, 0, 1])
    return labels_first(labels, Net()(x))  # silent: the project's own function takes the labels first


def chosen(args, x, labels, attributes):
    if args.task == "regression":
        criterion = nn.MSELoss()
    else:
        criterion = nn.CrossEntropyLoss()
    output = Net()(x)
    if args.task == "regression":
        return criterion(attributes.float(), output)  # silent: symmetric in this branch
    return criterion(output, labels)  # silent: the right order in the other
