"""A class for each pixel: scores (N, C, H, W), a mask (N, H, W), and 255 where nobody knows."""

import torch
from torch import nn

import lossguard

CLASSES, UNKNOWN = 3, 255

torch.manual_seed(0)
images = torch.randn(16, 1, 24, 24)
mask = (images[:, 0] > 0.5).long() + (images[:, 0] > 1.0).long()
mask[:, :2] = UNKNOWN

model = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, CLASSES, 1))
criterion = lossguard.guard(nn.CrossEntropyLoss(ignore_index=UNKNOWN))
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
for _ in range(60):
    loss = criterion(model(images), mask)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
known = mask != UNKNOWN
accuracy = (model(images).argmax(dim=1) == mask)[known].float().mean().item()
print(f"pixels right: {accuracy:.0%}")

try:
    criterion(model(images), mask.unsqueeze(1))  # noqa: LG204
except lossguard.LossGuardError as error:
    print(error)

forgetful = lossguard.guard(nn.CrossEntropyLoss())
try:
    forgetful(model(images), mask)  # only the values show this one
except lossguard.LossGuardError as error:
    print(error)
