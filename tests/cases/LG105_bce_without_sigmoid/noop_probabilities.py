import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.nn.functional as nn_f


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer1 = nn.Linear(2, 8)
        self.layer2 = nn.Linear(8, 1)

    def forward(self, x):
        x = torch.relu(self.layer1(x))
        return torch.sigmoid(self.layer2(x))


def tutorial(x, y):
    model = Network()
    criterion = nn.BCELoss()
    return criterion(model(x), y)  # silent: the network ends in a sigmoid


def misleading_name(x, y):
    logits = Network()(x)
    return F.binary_cross_entropy(logits, y)  # silent: the name says logits, the network ends in a sigmoid


def sigmoid_in_the_loop(loader):
    net = nn.Linear(4, 1)
    criterion = nn.BCELoss()
    for x, y in loader:
        output = net(x)
        output = nn.functional.sigmoid(output)
        criterion(output, y).backward()  # silent: a sigmoid just before


def in_place(x, y):
    scores = nn.Linear(4, 1)(x)
    scores.sigmoid_()
    return F.binary_cross_entropy(scores, y)  # silent: the sigmoid worked in place


def product_of_two(x, y):
    objectness = nn.Linear(4, 1)(x).sigmoid_()
    classes = nn.Linear(4, 1)(x).sigmoid_()
    return F.binary_cross_entropy((objectness * classes).sqrt_(), y)  # silent: still between 0 and 1


def clamped(x, y):
    scores = torch.clamp(nn.Linear(4, 1)(x), 0, 1)
    return F.binary_cross_entropy(scores, y)  # silent: clamped into the interval


def clamped_by_method(x, y):
    scores = nn.Linear(4, 1)(x).sigmoid().clamp(min=1e-6, max=1 - 1e-6)
    return F.binary_cross_entropy(scores, y)  # silent: clamped inside the interval


def rescaled_tanh(x, y):
    scores = (torch.tanh(nn.Linear(4, 1)(x)) + 1) / 2
    return F.binary_cross_entropy(scores, y)  # silent: moved from [-1, 1] to [0, 1]


def two_columns(x, y):
    probs = F.softmax(nn.Linear(4, 2)(x), dim=1)
    return F.binary_cross_entropy(probs[:, 1], y)  # silent: one column of a softmax


def complement(x, y):
    probs = torch.sigmoid(nn.Linear(4, 1)(x))
    return F.binary_cross_entropy(1 - probs, 1 - y)  # silent: the complement of a probability


def unknown_origin(scores, y):
    return F.binary_cross_entropy(scores, y)  # silent: nothing is known of the scores


def hard_sigmoid(x, y):
    return nn_f.binary_cross_entropy(nn_f.hardsigmoid(nn.Linear(4, 1)(x)), y)  # silent: between 0 and 1


def exponential_of_logsigmoid(x, y):
    log_probs = F.logsigmoid(nn.Linear(4, 1)(x))
    return F.binary_cross_entropy(log_probs.exp(), y)  # silent: the logarithm is undone


def with_logits_first(loader):
    net = nn.Linear(4, 1)
    criterion = nn.BCEWithLogitsLoss()
    metric = nn.BCELoss()
    for x, y in loader:
        pred = net(x)
        loss = criterion(pred, y)  # silent: logits into the loss with logits
        pred = torch.sigmoid(pred)
        print(metric(pred, y))  # silent: the sigmoid comes between the two losses
        loss.backward()


def weights_in_the_third_place(x, y, w):
    return F.binary_cross_entropy(Network()(x), y, w)  # silent: the third argument is the weight
