"""What stands in a base class is not run with what derives from it, or gets scores."""

import lightning as L
import torch.nn.functional as F
from torch import nn


class Module(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.criterion = nn.CrossEntropyLoss()

    def training_step(self, batch, index):
        x, y = batch
        return self.criterion(self(x), y)  # silent: gets scores


class Classifier(Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(x)


class ClassifierOfItsOwn(Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(8, 3)
        self.criterion = nn.NLLLoss()

    def forward(self, x):
        return F.log_softmax(self.head(x), dim=1)  # silent: the criterion is another one


class WithStepOfItsOwn(Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return F.softmax(self.head(x), dim=1)

    def training_step(self, batch, index):
        x, y = batch
        return F.nll_loss(self(x).log(), y)  # silent: it takes the logarithm


class Trainer:
    def __init__(self, network):
        self.network = network

    def loss(self, x, y):
        return F.cross_entropy(self.network(x), y)  # silent

    def predict(self, x):
        return self.network(x).argmax(dim=1)


class TrainerOfSomeNetwork(Trainer):
    def __init__(self):
        super().__init__(nn.Sequential(nn.Linear(8, 3)))

    def probabilities(self, x):
        return self.network(x).softmax(dim=1)
