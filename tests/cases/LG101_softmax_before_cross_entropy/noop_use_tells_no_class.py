"""Parameters whose use leaves open what they are, or tells of a class that is right."""

import torch
import torch.nn.functional as F
from torch import nn


class Softmax(nn.Module):
    def __init__(self, predicts):
        super().__init__()
        self.project = nn.Linear(64, 5)
        self.predicts = predicts

    def forward(self, x):
        return torch.softmax(self.project(x), dim=-1)

    def describe(self):
        return self.predicts

    def sample(self, x):
        return torch.multinomial(self(x), 1)

    def predict(self, x):
        return self(x).argmax(-1)


class Scores(nn.Module):
    def __init__(self):
        super().__init__()
        self.project = nn.Linear(64, 5)

    def forward(self, x):
        return self.project(x)

    def sample(self, x):
        return torch.multinomial(self(x).softmax(-1), 1)

    def scores(self, x):
        return self(x)


class Table:
    def describe(self):
        return "no module"


def two_classes_have_it(model, x, y):
    model.sample(x)
    F.cross_entropy(model(x), y).backward()


def one_has_both(model, x, y):
    model.sample(x)
    model.scores(x)
    F.cross_entropy(model(x), y).backward()


def every_module_has_it(model, x, y):
    model.train()
    model.predict(x)
    F.cross_entropy(model(x), y).backward()


def never_called(table, x, y):
    table.describe()
    F.cross_entropy(table.rows[x], y).backward()


def has_more_than_the_class(model, x, y):
    model.describe()
    model.explain(x)
    F.cross_entropy(model(x), y).backward()


def something_else_is_called(model, head, x, y):
    model.describe()
    F.cross_entropy(head(x), y).backward()


class Either(nn.Module):
    def __init__(self, loss):
        super().__init__()
        self.project = nn.Linear(64, 5)
        self.loss = loss

    def forward(self, x):
        x = self.project(x)
        if self.loss == "nll":
            return F.log_softmax(x, dim=-1)
        if self.loss == "probabilities":
            return F.softmax(x, dim=-1)
        return x

    def confidences(self, x):
        return self(x).softmax(-1)


def an_option_has_one_value(model, args, x, y):
    model.confidences(x)
    if args.loss == "nll":
        loss = F.nll_loss(model(x), y)
    elif args.loss == "ce":
        loss = F.cross_entropy(model(x), y)
    loss.backward()
