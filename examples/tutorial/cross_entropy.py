"""CrossEntropyLoss takes raw predictions and class indices: nothing to report here."""

import torch
from torch import nn

criterion = nn.CrossEntropyLoss()
labels = torch.tensor([2, 0, 1])

good = torch.tensor([[0.1, 1.0, 3.9], [1.2, 0.1, 0.3], [0.3, 2.2, 0.2]])
bad = torch.tensor([[0.9, 0.2, 0.1], [0.1, 0.3, 1.5], [1.2, 0.2, 0.5]])

loss = criterion(good, labels)
print(f"good predictions: {loss.item():.4f}, classes {good.argmax(dim=1).tolist()}")

loss = criterion(bad, labels)
print(f"bad predictions:  {loss.item():.4f}, classes {bad.argmax(dim=1).tolist()}")
