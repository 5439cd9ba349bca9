"""Ignite: every loss call of an engine's run is watched."""

import logging

import torch
from ignite.engine import create_supervised_trainer
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import lossguard
from lossguard.runtime.integrations.ignite import attach

logging.getLogger("ignite").setLevel(logging.CRITICAL)

torch.manual_seed(0)
points = torch.randn(300, 2)
labels = points.sum(dim=1).clamp(-1, 1).round().long() + 1
loader = DataLoader(TensorDataset(points, labels), batch_size=50)

model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
trainer = create_supervised_trainer(model, optimizer, nn.CrossEntropyLoss())
attach(trainer)
trainer.run(loader, max_epochs=10)
print(f"right: {(model(points).argmax(dim=1) == labels).float().mean().item():.0%}")

mistaken = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 3), nn.Softmax(dim=1))
optimizer = torch.optim.Adam(mistaken.parameters(), lr=0.05)
trainer = create_supervised_trainer(mistaken, optimizer, nn.CrossEntropyLoss())  # noqa: LG101
attach(trainer)
try:
    trainer.run(loader, max_epochs=10)
except lossguard.LossGuardError as error:
    print(error)
