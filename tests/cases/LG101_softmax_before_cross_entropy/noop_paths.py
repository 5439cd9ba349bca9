import torch
import torch.nn as nn
import torch.nn.functional as F


class Both(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 4)

    def forward(self, x):
        logits = self.fc(x)
        return logits, F.softmax(logits, dim=1)


def right_element(x, y):
    logits, probs = Both()(x)
    print(probs)
    return F.cross_entropy(logits, y)  # silent: the first element


def right_index(x, y):
    return F.cross_entropy(Both()(x)[0], y)  # silent: the first element


class AsDict(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 4)

    def forward(self, x):
        logits = self.fc(x)
        return {"logits": logits, "probs": logits.softmax(-1)}


def right_key(x, y):
    out = AsDict()(x)
    return F.cross_entropy(out["logits"], y)  # silent: the logits of the dict


class Flagged(nn.Module):
    def __init__(self, probabilities=False):
        super().__init__()
        self.fc = nn.Linear(16, 4)
        self.probabilities = probabilities

    def forward(self, x, return_probs=False):
        x = self.fc(x)
        if return_probs or self.probabilities:
            return F.softmax(x, dim=1)
        return x


def flag_off(x, y):
    model = Flagged()
    return F.cross_entropy(model(x), y)  # silent: both flags are off


def flag_on_for_prediction(x, y):
    model = Flagged()
    print(model(x, return_probs=True))
    return F.cross_entropy(model(x, return_probs=False), y)  # silent: the flag is off here


class EvalOnly(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 4)

    def forward(self, x):
        x = self.fc(x)
        if not self.training:
            x = torch.softmax(x, dim=1)
        return x


def train(loader):
    model = EvalOnly()
    criterion = nn.CrossEntropyLoss()
    model.train()
    for x, y in loader:
        criterion(model(x), y).backward()  # silent: softmax only in eval mode


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 4)

    def forward(self, x):
        return self.fc(x)

    def predict_proba(self, x):
        return self.forward(x).softmax(dim=1)


def other_method(x, y):
    net = Net()
    print(net.predict_proba(x))
    return F.cross_entropy(net(x), y)  # silent: only predict_proba has the softmax


class Overridden(Both):
    def forward(self, x):
        return self.fc(x)


def overriding_forward(x, y):
    return F.cross_entropy(Overridden()(x), y)  # silent: the subclass returns logits


def correlated(config, scores, y):
    if config.loss == "ce":
        criterion = nn.CrossEntropyLoss()
    else:
        criterion = nn.MSELoss()
    if config.loss != "ce":
        scores = F.softmax(scores, dim=1)
    return criterion(scores, y)  # silent: the softmax goes with the other loss


def correlated_in_one_branch(kind, scores, y):
    if kind == "nll":
        out, criterion = torch.log_softmax(scores, dim=1), nn.NLLLoss()
    elif kind == "mse":
        out, criterion = torch.softmax(scores, dim=1), nn.MSELoss()
    else:
        out, criterion = scores, nn.CrossEntropyLoss()
    return criterion(out, y)  # silent: every branch has its own pair


def unknown_flag(scores, y, normalise):
    if normalise:
        scores = F.softmax(scores, dim=1)
    return F.cross_entropy(scores, y)  # silent: nobody says that the flag is ever on


def replaced_layer(x, y):
    net = nn.Sequential(nn.Linear(16, 4), nn.Softmax(dim=1))
    net[1] = nn.Identity()
    return F.cross_entropy(net(x), y)  # silent: the softmax is replaced


def without_the_last_layer(x, y):
    net = nn.Sequential(nn.Linear(16, 4), nn.Softmax(dim=1))
    return F.cross_entropy(net[:-1](x), y)  # silent: the softmax is cut off
