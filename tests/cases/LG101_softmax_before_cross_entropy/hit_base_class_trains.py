"""The loop stands in a base class, and the network in what derives from it."""

import lightning as L
import torch
import torch.nn.functional as F
from torch import nn


class Module(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.criterion = nn.CrossEntropyLoss()

    def training_step(self, batch, index):
        x, y = batch
        return self.criterion(self(x), y)  # expect: LG101


class Classifier(Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return F.softmax(self.head(x), dim=1)


class Other(Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(x)


class Trainer:
    def __init__(self, network, optimizer):
        self.network = network
        self.optimizer = optimizer
        self.measure = nn.CrossEntropyLoss()

    def loss(self, x, y):
        return self.measure(self.network(x), y)  # expect: LG101

    def fit(self, loader):
        for x, y in loader:
            self.loss(x, y).backward()
            self.optimizer.step()


class TrainerOfSomeNetwork(Trainer):
    def __init__(self):
        network = nn.Sequential(nn.Linear(8, 3), nn.Softmax(dim=1))
        super().__init__(network, torch.optim.SGD(network.parameters(), lr=0.1))


class Loop:
    def step(self, x, y):
        return F.cross_entropy(self.scores(x), y)  # expect: LG101

    def scores(self, x):
        raise NotImplementedError


class LoopOverProbabilities(Loop):
    def __init__(self):
        self.net = nn.Linear(8, 3)

    def scores(self, x):
        return self.net(x).softmax(dim=1)


class Middle(Loop):
    def __init__(self, net):
        self.net = net


class LoopOverScores(Middle):
    def scores(self, x):
        return self.net(x)
