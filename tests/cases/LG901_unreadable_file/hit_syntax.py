import torch.nn as nn

criterion = nn.CrossEntropyLoss()


def step(x, y:  # expect: LG901
    return criterion(x, y)
