import threading

import lightning as L
import torch.multiprocessing as mp
import torch.nn as nn
import torch.nn.functional as F


def soft():
    return nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1))


def worker(rank, model, loader):
    for x, y in loader:
        F.cross_entropy(model(x), y).backward()  # silent: the model that is passed gives logits


def spawned(loader):
    mp.spawn(worker, args=(nn.Linear(4, 3), loader), nprocs=2)


def watched(model, criterion, loader):
    for x, y in loader:
        criterion(model(x), y).backward()  # silent: a loss that takes probabilities


def started(loader):
    threading.Thread(target=watched, args=(soft(), F.mse_loss, loader)).start()
    mp.Process(target=loader.watched, args=(soft(), F.cross_entropy)).start()  # silent: not in sight


class Evaluated(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)

    def forward(self, x):
        x = self.fc(x)
        return x if self.training else x.softmax(1)

    def training_step(self, batch, batch_idx):
        x, y = batch
        return F.cross_entropy(self(x), y)  # silent: logits while it trains

    def validation_step(self, batch, batch_idx):
        x, y = batch
        self.log("loss", F.cross_entropy(self(x), y))  # silent: training does not take this path


def fitted(data):
    trainer = L.Trainer(max_epochs=2)
    trainer.fit(Evaluated(), data)
    trainer.validate(Evaluated(), data)


class Mine:
    def fit(self, model):
        return model


class Step(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def training_step(self, batch, batch_idx):
        return F.cross_entropy(self.model(batch), batch)  # silent: nobody says that this is called


def by_something_else():
    Mine().fit(Step(soft()))
