from collections import OrderedDict

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn import CrossEntropyLoss as CE


class Mlp(nn.Module):
    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(features, 64)
        self.out = nn.Linear(64, classes)

    def forward(self, x):
        x = F.relu(self.hidden(x))
        return torch.softmax(self.out(x), dim=1)


class WithAttribute(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(20, 5)
        self.activation = nn.Softmax(dim=1)

    def forward(self, x):
        scores = self.fc(x)
        return self.activation(scores)


class WithHead(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(20, 32), nn.ReLU())
        self.head = nn.Sequential(nn.Linear(32, 5), nn.Softmax(dim=1))

    def forward(self, x):
        return self.head(self.body(x))


class Nested(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = WithHead()

    def forward(self, x):
        return self.inner(x)


class Inherited(WithAttribute):
    def extra(self):
        return self.fc.weight.norm()


class Refined(WithAttribute):
    def forward(self, x):
        out = super().forward(x)
        return out.squeeze(-1)


def train_mlp(loader):
    model = Mlp(784, 10)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for x, y in loader:
        optimizer.zero_grad()
        out = model(x)
        loss = criterion(out, y)  # expect: LG101
        loss.backward()
        optimizer.step()


def train_attribute(x, y):
    net = WithAttribute()
    loss_fn = CE()
    return loss_fn(net(x), y)  # expect: LG101


def train_head(x, y):
    net = WithHead().cuda()
    return nn.CrossEntropyLoss(label_smoothing=0.1)(net(x), y)  # expect: LG101


def train_nested(x, y):
    net = nn.DataParallel(Nested())
    criterion = torch.nn.CrossEntropyLoss().cuda()
    prediction = net(x)
    return criterion(input=prediction, target=y)  # expect: LG101


def train_inherited(x, y):
    net = Inherited()
    return F.cross_entropy(net.forward(x), y)  # expect: LG101


def train_refined(x, y):
    net = Refined()
    return F.cross_entropy(net(x), y)  # expect: LG101


def sequential(x, y):
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3), nn.Softmax(dim=-1))
    return F.cross_entropy(net(x), y)  # expect: LG101


def sequential_from_a_list(x, y):
    layers = [nn.Linear(4, 8), nn.ReLU()]
    layers.append(nn.Linear(8, 3))
    layers.append(nn.Softmax(dim=1))
    net = nn.Sequential(*layers)
    return F.cross_entropy(net(x), y)  # expect: LG101


def sequential_of_names(x, y):
    net = nn.Sequential(OrderedDict([("fc", nn.Linear(4, 3)), ("prob", nn.Softmax(dim=1))]))
    return F.cross_entropy(net(x), y)  # expect: LG101


def sequential_grown(x, y):
    net = nn.Sequential()
    net.add_module("fc", nn.Linear(4, 3))
    net.add_module("softmax", nn.Softmax(dim=1))
    return F.cross_entropy(net(x), y)  # expect: LG101
