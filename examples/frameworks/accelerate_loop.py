"""Accelerate: ``prepare`` guards the loss that is among its arguments."""

import torch
from accelerate import Accelerator
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import lossguard
from lossguard.runtime.integrations.accelerate import prepare

torch.manual_seed(0)
points = torch.randn(300, 2)
labels = points.sum(dim=1).clamp(-1, 1).round().long() + 1

accelerator = Accelerator(cpu=True)
net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 3))
model, optimizer, loader, criterion = prepare(
    accelerator,
    net,
    torch.optim.Adam(net.parameters(), lr=0.05),
    DataLoader(TensorDataset(points, labels), batch_size=50),
    nn.CrossEntropyLoss(),
)
for _ in range(10):
    for inputs, wanted in loader:
        loss = criterion(model(inputs), wanted)
        optimizer.zero_grad()
        accelerator.backward(loss)
        optimizer.step()
print(f"right: {(model(points).argmax(dim=1) == labels).float().mean().item():.0%}")

try:
    criterion(model(points).softmax(dim=1), labels)  # noqa: LG101
except lossguard.LossGuardError as error:
    print(error)
