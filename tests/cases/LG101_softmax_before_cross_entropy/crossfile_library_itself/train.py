import torch.nn as nn
from monai.losses import CrossEntropyLoss, DiceLoss

net = nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1))


def train(x, y):
    total = DiceLoss(softmax=True)(net(x), y)  # silent: the project's own code says what it does
    return total + CrossEntropyLoss()(net(x), y)  # expect: LG101
