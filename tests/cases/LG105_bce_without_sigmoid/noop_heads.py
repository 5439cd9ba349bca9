from collections import OrderedDict

import torch
import torch.nn as nn
import torch.nn.functional as F


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 400)
        self.fc21 = nn.Linear(400, 20)
        self.fc22 = nn.Linear(400, 20)
        self.fc3 = nn.Linear(20, 784)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.fc21(h), self.fc22(h)

    def decode(self, z):
        return torch.sigmoid(self.fc3(z))

    def forward(self, x):
        mu, logvar = self.encode(x.view(-1, 784))
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * logvar)
        return self.decode(z), mu, logvar


def loss_function(recon_x, x, mu, logvar):
    bce = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")  # silent: decode ends in a sigmoid
    return bce - 0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


def train_vae(loader):
    model = Decoder()
    for data, _ in loader:
        recon, mu, logvar = model(data)
        loss_function(recon, data, mu, logvar).backward()


class Side(nn.Module):
    """Every side output has its sigmoid."""

    def __init__(self):
        super().__init__()
        self.d0 = nn.Conv2d(3, 1, 1)
        self.d1 = nn.Conv2d(3, 1, 3, padding=1)

    def forward(self, x):
        d0, d1 = self.d0(x), self.d1(x)
        return F.sigmoid(d0), F.sigmoid(d1)


def fused_loss(x, y):
    criterion = nn.BCELoss()
    d0, d1 = Side()(x)
    return criterion(d0, y) + criterion(d1, y)  # silent: both outputs are sigmoids


def discriminator(x, y):
    net = nn.Sequential(
        OrderedDict(
            [
                ("conv", nn.Conv2d(3, 1, 4)),
                ("norm", nn.BatchNorm2d(1)),
                ("sigmoid", nn.Sigmoid()),
            ]
        )
    )
    return nn.BCELoss()(net(x).view(-1, 1).squeeze(1), y)  # silent: the last module is a sigmoid


def stacked_frames(x, y):
    predictions = {"onset": nn.Sequential(nn.Linear(88, 88), nn.Sigmoid())(x)}
    return F.binary_cross_entropy(predictions["onset"], y)  # silent: an entry of a dict


def selected(args, x, y):
    scores = nn.Linear(4, 1)(x)
    if args.loss == "bce":
        scores = torch.sigmoid(scores)
        criterion = nn.BCELoss()
    else:
        criterion = nn.BCEWithLogitsLoss()
    return criterion(scores, y)  # silent: the sigmoid goes with BCELoss


def flag_of_its_own(x, y, binary):
    logits = True
    scores = nn.Linear(4, 1)(x)
    if binary:
        scores = scores.sigmoid()
        logits = False
    if logits:
        return F.binary_cross_entropy_with_logits(scores, y)  # silent: raw scores under the flag
    return F.binary_cross_entropy(scores, y)  # silent: the flag falls where the sigmoid is applied
