"""Several labels at once: BCEWithLogitsLoss takes a 0 or 1 for each, MultiLabelMarginLoss indices."""

import torch
from torch import nn

import lossguard

torch.manual_seed(0)
points = torch.randn(300, 2)
labels = torch.stack([points[:, 0] > 0, points[:, 1] > 0, points.sum(dim=1) > 1], dim=1)

model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 3))
criterion = lossguard.guard(nn.BCEWithLogitsLoss())
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
for _ in range(100):
    loss = criterion(model(points), labels.float())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
accuracy = ((model(points) > 0) == labels).float().mean().item()
print(f"labels right: {accuracy:.0%}")

margin = lossguard.guard(nn.MultiLabelMarginLoss())
try:
    margin(model(points), labels.long())  # noqa: LG206
except lossguard.LossGuardError as error:
    print(error)
