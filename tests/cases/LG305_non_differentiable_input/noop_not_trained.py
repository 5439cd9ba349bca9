"""Losses that are computed to be looked at: nothing asks for their gradient."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

net = nn.Linear(10, 2)
discriminator = nn.Sequential(nn.Linear(10, 1), nn.Sigmoid())
generator = nn.Linear(4, 10)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)


def train_and_log(loader):
    for x, y in loader:
        out = net(x)
        loss = F.cross_entropy(out, y)  # silent: the scores are attached
        loss.backward()
        print(F.cross_entropy(out.detach(), y).item())  # silent: only printed


def phases(loaders):
    for phase in ["train", "val"]:
        for x, y in loaders[phase]:
            with torch.set_grad_enabled(phase == "train"):
                loss = F.cross_entropy(net(x), y)  # silent: no gradient is asked for in validation
                if phase == "train":
                    loss.backward()


@torch.no_grad()
def evaluate(loader):
    total = 0.0
    for x, y in loader:
        total += F.cross_entropy(net(x), y).item()  # silent: nothing is trained
    return total


def shared(x, y):
    return F.cross_entropy(net(x), y)  # silent: the call under no_grad is not the one that is trained on


def epoch(train, test):
    for x, y in train:
        shared(x, y).backward()
    with torch.no_grad():
        for x, y in test:
            print(shared(x, y))


def adversarial(loader):
    for real, _ in loader:
        fake = generator(torch.randn(8, 4))
        zeros, ones = torch.zeros(8, 1), torch.ones(8, 1)
        d_loss = F.binary_cross_entropy(discriminator(fake.detach()), zeros)  # silent: D is trained
        d_loss.backward()
        g_loss = F.binary_cross_entropy(discriminator(fake), ones)  # silent: G is trained
        g_loss.backward()


def logged_term(loader):
    for x, y in loader:
        out = net(x)
        extra = F.mse_loss(out.detach(), y)  # silent: a constant term next to one that trains
        (F.cross_entropy(out, y.long()) + extra).backward()  # silent: the scores are attached


def detached_loss(loader):
    for x, y in loader:
        out = net(x)
        shown = F.mse_loss(out.argmax(1).float(), y)  # silent: detached before it is added
        (F.cross_entropy(out, y.long()) + shown.detach()).backward()  # silent: the scores are attached


def is_refused(x, y):
    with torch.no_grad():
        loss = F.cross_entropy(net(x), y)  # silent: the test waits for torch to refuse it
    with pytest.raises(RuntimeError):
        loss.backward()


def accuracy(loader):
    for x, y in loader:
        out = net(x)
        hits = (out.argmax(1) == y).float().mean()
        F.cross_entropy(out, y).backward()  # silent: argmax is for the accuracy
        print(hits)


torch.set_grad_enabled(False)


def defined_later(x, y):
    F.cross_entropy(net(x), y).backward()  # silent: who calls it may record again
