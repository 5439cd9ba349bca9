import argparse

import torch
import torch.nn as nn
import torch.nn.functional as F


class TwoHeads(nn.Module):
    """One head for real or fake, one for the class."""

    def __init__(self):
        super().__init__()
        self.body = nn.Linear(100, 64)
        self.adv = nn.Sequential(nn.Linear(64, 1), nn.Sigmoid())
        self.aux = nn.Sequential(nn.Linear(64, 10), nn.Softmax(dim=1))

    def forward(self, x):
        h = self.body(x)
        return self.adv(h), self.aux(h)


def right_and_wrong_head(x, real, labels):
    validity, label = TwoHeads()(x)
    adv_loss = nn.BCELoss()(validity, real)
    aux_loss = nn.CrossEntropyLoss()(label, labels)  # expect: LG101
    return adv_loss + aux_loss


def by_index(x, labels):
    outputs = TwoHeads()(x)
    return F.cross_entropy(outputs[1], labels)  # expect: LG101


class ReturnsDict(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        logits = self.fc(x)
        return {"logits": logits, "probs": logits.softmax(-1)}


def by_key(x, y):
    out = ReturnsDict()(x)
    return F.cross_entropy(out["probs"], y)  # expect: LG101


class Flagged(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 3)

    def forward(self, x, return_probs=True):
        x = self.fc(x)
        if return_probs:
            x = F.softmax(x, dim=1)
        return x


def default_flag(x, y):
    return F.cross_entropy(Flagged()(x), y)  # expect: LG101


class WhileTraining(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        x = self.fc(x)
        if self.training:
            return x.softmax(dim=1)
        return x


def training_path(x, y):
    model = WhileTraining()
    model.train()
    return F.cross_entropy(model(x), y)  # expect: LG101


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        return F.softmax(self.fc(x), dim=1)


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3)
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        return self.fc(self.conv(x).mean((2, 3)))


def selected_by_name(loader):
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="mlp")
    args = parser.parse_args()
    if args.model == "mlp":
        model = Mlp()
    else:
        model = Cnn()
    criterion = nn.CrossEntropyLoss()
    for x, y in loader:
        criterion(model(x), y).backward()  # expect: LG101


def rebound_in_a_loop(net, loader):
    criterion = nn.CrossEntropyLoss()
    for x, y in loader:
        out = net(x)
        out = torch.softmax(out, dim=1)
        loss = criterion(out, y)  # expect: LG101
        loss.backward()


def both_branches(scores, y, temperature):
    if temperature > 1:
        probs = F.softmax(scores / temperature, dim=1)
    else:
        probs = F.softmax(scores, dim=1)
    return F.cross_entropy(probs, y)  # expect: LG101


def own_function(scores):
    return scores.softmax(dim=-1)


def through_a_function(scores, y):
    return F.cross_entropy(own_function(scores), y)  # expect: LG101


def averaged(one, other, y):
    probs = (F.softmax(one, dim=1) + F.softmax(other, dim=1)) / 2
    return F.cross_entropy(probs, y)  # expect: LG101
