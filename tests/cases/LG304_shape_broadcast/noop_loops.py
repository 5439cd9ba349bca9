import torch
from torch import nn
from torch.nn import functional as F

images = torch.randn(2, 3, 64, 64)
maps = torch.zeros(2, 3, 4, 4)


def pyramid(levels):
    out = images
    for _ in levels:
        out = F.max_pool2d(out, 2)
    return F.mse_loss(out, maps)  # silent: how often it is halved is not known


def pyramids(stages, levels):
    for _ in stages:
        out = images
        for _ in levels:
            out = F.max_pool2d(out, 2)
        loss = F.mse_loss(out, maps)  # silent: likewise in every round
    return loss


def until_it_fits(x):
    out = images
    while out.shape[-1] > 4:
        out = F.max_pool2d(out, 2)
    return F.l1_loss(out, maps)  # silent: likewise


def one_dimension_more_each_time(x, steps):
    out = torch.zeros(4)
    for _ in steps:
        out = out.unsqueeze(0)
    return F.l1_loss(out, torch.zeros(1, 1, 1, 1, 4))  # silent: likewise


def as_many_as_there_are(loader):
    count = 0
    for _ in loader:
        count += 1
    return F.l1_loss(torch.zeros(count), torch.zeros(7))  # silent: how many is not known


class Decoder(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        width, layers = 8, []
        for size in sizes:
            layers.append(nn.ConvTranspose2d(width, size, 2, stride=2))
            width = size
        self.layers = nn.ModuleList(layers)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def decoded(sizes):
    return F.mse_loss(Decoder(sizes)(torch.zeros(2, 8, 4, 4)), torch.zeros(2, 3, 64, 64))  # silent: likewise
