import torch.nn as nn
import torch.nn.functional as F


class Enumerated(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(size, size) for size in sizes)

    def forward(self, x):
        for number, layer in enumerate(self.layers):
            x = layer(x)
            x = F.relu(x) if number < len(self.layers) - 1 else F.softmax(x, dim=1)
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
            if number + 1 == self.depth:
                x = x.softmax(1)
        return x


class Zipped(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(8, 8), nn.Linear(8, 8)])

    def forward(self, blocks, x):
        for number, (layer, block) in enumerate(zip(self.layers, blocks)):
            x = layer(x + block)
            if number != len(self.layers) - 1:
                x = F.relu(x)
            else:
                x = x.softmax(1)
        return x


def train(x, y, sizes, blocks):
    F.cross_entropy(Enumerated(sizes)(x), y).backward()  # expect: LG101
    F.cross_entropy(Counted(len(sizes))(x), y).backward()  # expect: LG101
    F.cross_entropy(Zipped()(blocks, x), y).backward()  # expect: LG101


class Choosing(nn.Module):
    def __init__(self, options):
        super().__init__()
        self.options = options
        self.fc = nn.Linear(8, 3)

    def is_open(self):
        for _ in self.options.values():
            return True
        return False

    def forward(self, x):
        if self.is_open():
            raise ValueError("close it first")
        return self.fc(x).softmax(1)


def trained(x, y, options):
    F.cross_entropy(Choosing(options)(x), y).backward()  # expect: LG101
