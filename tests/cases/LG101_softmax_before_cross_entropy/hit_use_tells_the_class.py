"""A model comes out of sight; what is asked of it only one class of the file can do."""

import hydra
import torch
import torch.nn.functional as F
from torch import nn


class Pitch(nn.Module):
    def __init__(self, bins, predicts):
        super().__init__()
        self.project = nn.Linear(64, bins)
        self.predicts = predicts

    def forward(self, x):
        x = self.project(x)
        if self.predicts == "mean":
            return torch.sigmoid(x)
        elif self.predicts == "argmax":
            return torch.softmax(x, dim=-1)
        raise NotImplementedError

    def to_hertz(self, x):
        return self(x).argmax(-1) * 10.0

    def training_loss(self, x, y):
        self.to_hertz(x)
        if self.predicts == "argmax":
            return F.cross_entropy(self(x), y)  # expect: LG101
        return F.binary_cross_entropy(self(x), y)


class Duration(nn.Module):
    def forward(self, x):
        return x

    def to_seconds(self, x):
        return self(x)


def epoch(model, loader, cfg):
    for x, y in loader:
        out = model(x)
        hertz = model.to_hertz(x)
        if cfg.predicts == "mean":
            loss = F.binary_cross_entropy(out, y)
        elif cfg.predicts == "argmax":
            loss = F.cross_entropy(out, y.argmax(-1))  # expect: LG101
        loss.backward()
    return hertz


class Trainer:
    def __init__(self, cfg):
        self.cfg = cfg

    def step(self, net, x, y):
        net.to_hertz(x)
        if self.cfg.predicts == "argmax":
            F.cross_entropy(net(x), y, reduction="sum").backward()  # expect: LG101


@hydra.main(config_name="pitch.yaml")
def main(cfg):
    model = hydra.utils.instantiate(cfg.model).to("cuda")
    epoch(model, hydra.utils.instantiate(cfg.loader), cfg)
