from functools import partial

import torch
import torch.nn as nn
import torch.nn.functional as F


class Predictor(nn.Module):
    def __init__(self, mode="scores"):
        super().__init__()
        self.mode = mode
        self.fc = nn.Linear(16, 4)

    def forward(self, x):
        x = self.fc(x)
        if self.mode == "probabilities":
            return torch.softmax(x, dim=1)
        return x


def constructor_argument(x, y):
    return F.cross_entropy(Predictor("scores")(x), y)  # silent: this mode returns the scores


def default_argument(x, y):
    return F.cross_entropy(Predictor()(x), y)  # silent: the default returns the scores


def the_other_condition(config, x, y):
    out = Predictor(config.mode)(x)
    if config.mode == "probabilities":
        return F.nll_loss(out.log(), y)  # silent: the logarithm of probabilities
    return F.cross_entropy(out, y)  # silent: the other mode returns the scores


class Engine:
    def __init__(self, model, criterion):
        self.model = model
        self.criterion = criterion

    def run(self, x, y):
        return self.criterion(self.model(x), y)  # silent: every engine has a fitting pair


def engines(x, y):
    scores = Engine(nn.Linear(16, 4), nn.CrossEntropyLoss())
    probabilities = Engine(nn.Sequential(nn.Linear(16, 4), nn.Softmax(dim=1)), nn.MSELoss())
    return scores.run(x, y) + probabilities.run(x, y)


def partial_softmax(x, y):
    normalise = partial(F.softmax, dim=1)
    scores = Predictor()(x)
    print(normalise(scores))
    return F.cross_entropy(scores, y)  # silent: the partial is only printed


def softmax_removed(x, y):
    net = nn.Sequential(nn.Linear(16, 4), nn.Softmax(dim=1))
    net = net[0]
    return F.cross_entropy(net(x), y)  # silent: only the first layer is left


class Steps(nn.Module):
    def __init__(self):
        super().__init__()
        self.steps = nn.ModuleList([nn.Linear(16, 8), nn.Softmax(dim=1), nn.Linear(8, 4)])

    def forward(self, x):
        for step in self.steps:
            x = step(x)
        return x


def module_list(x, y):
    return F.cross_entropy(Steps()(x), y)  # silent: the last step is linear


def nested_function(x, y):
    def predict(inputs):
        return torch.softmax(net(inputs), dim=1)

    net = nn.Linear(16, 4)
    print(predict(x))
    return F.cross_entropy(net(x), y)  # silent: only the nested function applies the softmax


def early_return(x, y, training=True):
    scores = nn.Linear(16, 4)(x)
    if not training:
        return scores.softmax(dim=1)
    return F.cross_entropy(scores, y)  # silent: the softmax has returned before


def deleted(x, y):
    out = nn.Linear(16, 4)(x)
    probs = out.softmax(dim=1)
    del probs
    probs = out
    return F.cross_entropy(probs, y)  # silent: the name stands for the scores again


def loop_variable(batches, y):
    net = nn.Linear(16, 4)
    for out in [net(batch) for batch in batches]:
        probs = F.softmax(out, dim=1)
        print(probs)
        F.cross_entropy(out, y).backward()  # silent: the loop variable holds scores


def caught(x, y):
    scores = nn.Linear(16, 4)(x)
    try:
        return F.cross_entropy(scores, y)  # silent: the handler's softmax comes later
    except RuntimeError:
        scores = F.softmax(scores, dim=1)
        raise
