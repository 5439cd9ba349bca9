"""A student that follows a teacher: KLDivLoss takes log-probabilities first, then probabilities."""

import torch
from torch import nn
from torch.nn import functional as F

import lossguard

TEMPERATURE = 2.0


def network(hidden: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, hidden), nn.ReLU(), nn.Linear(hidden, 3))


torch.manual_seed(0)
points = torch.randn(300, 2)
labels = points.argmax(dim=1) + (points.sum(dim=1) > 1).long()

teacher = network(32)
optimizer = torch.optim.Adam(teacher.parameters(), lr=0.05)
for _ in range(100):
    loss = F.cross_entropy(teacher(points), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

student = network(8)
with torch.no_grad():
    wanted = F.softmax(teacher(points) / TEMPERATURE, dim=1)
criterion = lossguard.guard(nn.KLDivLoss(reduction="batchmean"))
optimizer = torch.optim.Adam(student.parameters(), lr=0.05)
for _ in range(100):
    loss = TEMPERATURE**2 * criterion(F.log_softmax(student(points) / TEMPERATURE, dim=1), wanted)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
agreement = (student(points).argmax(dim=1) == teacher(points).argmax(dim=1)).float().mean().item()
print(f"student and teacher agree: {agreement:.0%}")

try:
    criterion(F.softmax(student(points) / TEMPERATURE, dim=1), wanted)  # noqa: LG107
except lossguard.LossGuardError as error:
    print(error)
