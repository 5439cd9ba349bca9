import torch.nn as nn
import torch.nn.functional as F


class Enumerated(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(size, size) for size in sizes)

    def forward(self, x):
        for number, layer in enumerate(self.layers):
            x = layer(x)
            if number != len(self.layers) - 1:
                x = F.softmax(x, dim=1)
        return x


class Counted(nn.Module):
    def __init__(self, depth):
        super().__init__()
        self.depth = depth
        self.layers = nn.ModuleList()
        for _ in range(depth):
            self.layers.append(nn.Linear(8, 8))

    def forward(self, x):
        for number in range(self.depth):
            x = self.layers[number](x)
            if number < self.depth - 1:
                x = x.softmax(1)
        return x


class Other(nn.Module):
    def __init__(self, depth, sizes):
        super().__init__()
        self.depth = depth
        self.layers = nn.ModuleList(nn.Linear(size, size) for size in sizes)

    def forward(self, x):
        for number, layer in enumerate(self.layers):
            x = layer(x)
            if number == self.depth - 1:
                x = x.softmax(1)
        return x


class Started(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(size, size) for size in sizes)

    def forward(self, x):
        for number, layer in enumerate(self.layers, 1):
            x = layer(x)
            if number == len(self.layers) - 1:
                x = x.softmax(1)
        return x


class Long(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(8, 8) for _ in range(40)])

    def forward(self, x):
        for number in range(40):
            x = self.layers[number](x)
            if number != 39:
                x = x.softmax(1)
        return x


def train(x, y, sizes, depth):
    F.cross_entropy(Enumerated(sizes)(x), y).backward()  # silent: the last layer gives logits
    F.cross_entropy(Counted(depth)(x), y).backward()  # silent: likewise
    F.cross_entropy(Other(depth, sizes)(x), y).backward()  # silent: the two numbers may differ
    F.cross_entropy(Started(sizes)(x), y).backward()  # silent: counted from one, this is no last layer
    F.cross_entropy(Long()(x), y).backward()  # silent: the last layer gives logits
    best = None
    for batch in x:
        loss = F.mse_loss(batch.loss, batch.other)
        if best is None or loss < best:
            best = loss


def chosen(x, layers):
    for layer in layers:
        return layer(x).softmax(1)
    return x


def trained(x, y, layers):
    F.cross_entropy(chosen(x, layers), y).backward()  # silent: there may be no layer
