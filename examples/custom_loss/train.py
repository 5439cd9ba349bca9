"""Trains with a loss of one's own, first on raw scores, then by mistake on probabilities."""

import torch
from mylib import FocalLoss, squash
from torch import nn

torch.manual_seed(0)
points = torch.randn(300, 2)
labels = (points.sum(dim=1, keepdim=True) > 0).float()
criterion = FocalLoss()

right = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(right.parameters(), lr=0.05)
for _ in range(100):
    loss = criterion(right(points), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(f"raw scores:    loss {loss.item():.4f}")

wrong = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(wrong.parameters(), lr=0.05)
for _ in range(100):
    loss = criterion(squash(wrong(points)), labels)  # LG104, once the configuration tells what these are
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(f"probabilities: loss {loss.item():.4f}")
