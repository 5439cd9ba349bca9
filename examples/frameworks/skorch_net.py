"""skorch: a callback guards the criterion of a net while it is trained."""

import torch
from skorch import NeuralNetClassifier
from torch import nn

import lossguard
from lossguard.runtime.integrations.skorch import LossGuard

torch.manual_seed(0)
points = torch.randn(300, 2)
labels = points.sum(dim=1).clamp(-1, 1).round().long() + 1

net = NeuralNetClassifier(
    nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 3)),
    criterion=nn.CrossEntropyLoss,
    optimizer=torch.optim.Adam,
    lr=0.05,
    train_split=None,
    verbose=0,
    callbacks=[LossGuard()],
)
net.fit(points.numpy(), labels.numpy())
print(f"right: {net.score(points.numpy(), labels.numpy()):.0%}")

mistaken = NeuralNetClassifier(
    nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 3), nn.Softmax(dim=1)),
    criterion=nn.CrossEntropyLoss,  # noqa: LG101
    train_split=None,
    verbose=0,
    callbacks=[LossGuard()],
)
try:
    mistaken.fit(points.numpy(), labels.numpy())
except lossguard.LossGuardError as error:
    print(error)
