import torch.nn as nn
import torch.nn.functional as F


def gathered(blocks):
    found = []
    for block in blocks:
        found.append(block)
    return found


def layer_by_layer(x, y, loader):
    hidden, last = nn.Linear(4, 8), nn.Linear(8, 3)
    activations = [F.softmax, None]
    for blocks in loader:
        blocks = gathered(blocks)
        h = x
        for activation, _ in zip(activations, blocks):
            h = hidden(h)
            if activation is not None:
                h = activation(h, 1)
        F.cross_entropy(h, y)  # silent: there may be as many blocks as activations
    return last
