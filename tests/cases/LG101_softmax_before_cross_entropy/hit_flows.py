from functools import partial

import torch
import torch.nn as nn
import torch.nn.functional as F


class CharCnn(nn.Module):
    def __init__(self):
        super().__init__()
        features = nn.Sequential(nn.Conv1d(70, 64, 7), nn.ReLU())
        classifier = nn.Sequential(nn.Flatten(), nn.Linear(64, 4), nn.Softmax(dim=1))
        self.layers = nn.Sequential(features, classifier)

    def forward(self, x):
        return self.layers(x)


def nested_sequential(x, y):
    return F.cross_entropy(CharCnn()(x), y)  # expect: LG101


def build_model():
    model = torch.nn.Sequential()
    model.add_module("linear", torch.nn.Linear(4, 3, bias=False))
    model.add_module("softmax", torch.nn.Softmax(dim=1))
    return model


def train(model, loss, optimizer, x, y):
    optimizer.zero_grad()
    fx = model.forward(x)
    output = loss.forward(fx, y)  # expect: LG101
    output.backward()
    optimizer.step()
    return output.item()


def main(x, y):
    model = build_model()
    loss = torch.nn.CrossEntropyLoss()
    train(model, loss, torch.optim.SGD(model.parameters(), lr=0.01), x, y)


class Predictor(nn.Module):
    def __init__(self, mode):
        super().__init__()
        self.mode = mode
        self.fc = nn.Linear(16, 4)

    def forward(self, x):
        x = self.fc(x)
        if self.mode == "argmax":
            return torch.softmax(x, dim=1)
        return torch.sigmoid(x)


def the_same_condition_twice(config, x, y):
    model = Predictor(config.mode)
    out = model(x)
    if config.mode == "argmax":
        return F.cross_entropy(out, y)  # expect: LG101
    return F.binary_cross_entropy(out, y)  # silent: the other branch has the sigmoid


def constructor_argument(x, y):
    return F.cross_entropy(Predictor("argmax")(x), y)  # expect: LG101


class Engine:
    def __init__(self, model, criterion):
        self.model = model
        self.criterion = criterion

    def run(self, x, y):
        return self.criterion(self.model(x), y)  # expect: LG101


def engine(x, y):
    return Engine(CharCnn(), nn.CrossEntropyLoss()).run(x, y)


def partial_loss(x, y):
    loss_fn = partial(F.cross_entropy, label_smoothing=0.1)
    return loss_fn(CharCnn()(x), y)  # expect: LG101


def last_layer_replaced(x, y):
    net = nn.Sequential(nn.Linear(16, 8), nn.Linear(8, 4))
    net[1] = nn.Sequential(nn.Linear(8, 4), nn.Softmax(dim=1))
    return F.cross_entropy(net(x), y)  # expect: LG101


class Steps(nn.Module):
    def __init__(self):
        super().__init__()
        self.steps = nn.ModuleList([nn.Linear(16, 8), nn.Linear(8, 4), nn.Softmax(dim=1)])

    def forward(self, x):
        for step in self.steps:
            x = step(x)
        return x


def module_list(x, y):
    return F.cross_entropy(Steps()(x), y)  # expect: LG101


def in_a_closure(loader, optimizer):
    net, criterion = CharCnn(), nn.CrossEntropyLoss()
    for x, y in loader:

        def closure():
            optimizer.zero_grad()
            loss = criterion(net(x), y)  # expect: LG101
            loss.backward()
            return loss

        optimizer.step(closure)


def after_loops_that_do_nothing(x, y, batches):
    for _ in batches:
        pass
    while batches:
        pass
    return F.cross_entropy(CharCnn()(x), y)  # expect: LG101


def declared(x, y):
    y: torch.Tensor
    x: torch.Tensor
    if x is None:
        return F.cross_entropy(x, y)
    return F.cross_entropy(x.softmax(1), y)  # expect: LG101
