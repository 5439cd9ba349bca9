"""Nothing is recorded, and the loss is trained on all the same."""

import contextlib

import torch
import torch.nn.functional as F
from pytorch_lightning import LightningModule
from torch import inference_mode, nn, no_grad


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(10, 10)
        self.head = nn.Linear(10, 2)

    def forward(self, x):
        return self.head(torch.relu(self.body(x)))


class Frozen(Net):
    @torch.no_grad()
    def forward(self, x):
        return super().forward(x)


class Decorated(Net):
    @no_grad
    def forward(self, x):
        return super().forward(x)


net, frozen, decorated = Net(), Frozen(), Decorated()


def everything(x, y):
    with torch.no_grad():
        loss = F.cross_entropy(net(x), y)  # expect: LG305
    loss.backward()


def only_the_model(loader):
    criterion = nn.CrossEntropyLoss()
    for x, y in loader:
        with inference_mode():
            out = net(x)
        loss = criterion(out, y)  # expect: LG305
        loss.backward()


def switched_off(loader):
    torch.set_grad_enabled(False)
    for x, y in loader:
        loss = F.cross_entropy(net(x), y)  # expect: LG305
        loss.backward()


def decorated_forward(loader):
    for x, y in loader:
        loss = F.cross_entropy(frozen(x), y)  # expect: LG305
        loss.backward()


def decorated_by_the_bare_name(loader):
    for x, y in loader:
        loss = F.cross_entropy(decorated(x), y)  # expect: LG305
        loss.backward()


def probabilities(loader):
    for x, y in loader:
        loss = F.cross_entropy(frozen(x).softmax(1), y)  # expect: LG305
        loss.backward()


def on_a_stack(loader):
    with contextlib.ExitStack() as stack:
        stack.enter_context(torch.no_grad())
        for x, y in loader:
            loss = F.cross_entropy(net(x), y)  # expect: LG305
            loss.backward()


class Lit(LightningModule):
    def __init__(self):
        super().__init__()
        self.net = Net()
        self.criterion = nn.NLLLoss()

    def training_step(self, batch, batch_idx):
        x, y = batch
        with torch.no_grad():
            out = self.net(x)
        loss = self.criterion(F.log_softmax(out, dim=1), y)  # expect: LG305
        return {"loss": loss}

    def validation_step(self, batch, batch_idx):
        x, y = batch
        with torch.no_grad():
            out = self.net(x)
        return self.criterion(F.log_softmax(out, dim=1), y)  # silent: validation trains nothing


class Manual(LightningModule):
    def __init__(self):
        super().__init__()
        self.net = Net()

    def training_step(self, batch, batch_idx):
        scores = self.net(batch["x"]).log_softmax(dim=1)
        loss = F.nll_loss(scores.detach(), batch["y"])  # expect: LG305
        self.manual_backward(loss)
