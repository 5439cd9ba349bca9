import threading

import accelerate
import ignite.distributed as idist
import lightning as L
import pytorch_lightning as pl
import torch.multiprocessing as mp
import torch.nn as nn
import torch.nn.functional as F
from nni.nas.evaluator import FunctionalEvaluator
from nni.nas.experiment import NasExperiment


def soft():
    return nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1))


def worker(rank, model, loader):
    for x, y in loader:
        F.cross_entropy(model(x), y).backward()  # expect: LG101


def spawned(loader):
    mp.spawn(worker, args=(soft(), loader), nprocs=2)


def in_process(model, loader):
    for x, y in loader:
        F.cross_entropy(model(x), y).backward()  # expect: LG101


def in_thread(model, loader):
    for x, y in loader:
        F.cross_entropy(model(x), y).backward()  # expect: LG101


def launched(model, loader):
    for x, y in loader:
        F.cross_entropy(model(x), y).backward()  # expect: LG101


def distributed(rank, model, loader):
    for x, y in loader:
        F.cross_entropy(model(x), y).backward()  # expect: LG101


def searched(model):
    for x, y in model.loader:
        F.cross_entropy(model(x), y).backward()  # expect: LG101


def started(loader):
    mp.Process(target=in_process, args=(soft(), loader)).start()
    threading.Thread(target=in_thread, args=(soft(),), kwargs={"loader": loader}).start()
    accelerate.notebook_launcher(launched, (soft(), loader))
    with idist.Parallel(backend="gloo") as parallel:
        parallel.run(distributed, soft(), loader)
    NasExperiment(soft(), FunctionalEvaluator(searched), None)


class Lit(L.LightningModule):
    def __init__(self, model):
        super().__init__()
        self.model = model
        self.criterion = nn.CrossEntropyLoss()

    def forward(self, x):
        return self.model(x)

    def training_step(self, batch, batch_idx):
        x, y = batch
        return self.criterion(self(x), y)  # expect: LG101

    def validation_step(self, batch, batch_idx):
        x, y = batch
        self.log("loss", self.criterion(self(x), y))  # expect: LG101


def fitted(data):
    L.Trainer(max_epochs=2).fit(Lit(soft()), data)


class Tested(pl.LightningModule):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def step(self, batch):
        x, y = batch
        return F.cross_entropy(self.model(x), y)  # expect: LG101

    def training_step(self, batch, batch_idx):
        return self.step(batch)


class Trainer(pl.Trainer):
    pass


def with_a_trainer_of_ones_own(data):
    trainer = Trainer()
    trainer.fit(model=Tested(soft()), datamodule=data)
