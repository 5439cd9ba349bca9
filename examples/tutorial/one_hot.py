"""CrossEntropyLoss takes class indices; what F.one_hot gives are integers of another shape."""

import torch
from torch import nn
from torch.nn import functional as F

predictions = torch.tensor([[0.1, 1.0, 3.9], [1.2, 0.1, 0.3], [0.3, 2.2, 0.2]])
labels = torch.tensor([2, 0, 1])
criterion = nn.CrossEntropyLoss()

loss = criterion(predictions, labels)
print(f"class indices: {loss.item():.4f}")

one_hot = F.one_hot(labels, num_classes=3)
try:
    criterion(predictions, one_hot)  # LG201
except RuntimeError as error:
    print(f"one-hot labels: {error}")
