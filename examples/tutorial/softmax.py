"""CrossEntropyLoss on probabilities: the answers come out right, the loss never falls below 0.5514."""

import torch
from torch import Tensor, nn


class Logits(nn.Module):
    def __init__(self, input_size: int, hidden_size: int, num_classes: int) -> None:
        super().__init__()
        self.linear1 = nn.Linear(input_size, hidden_size)
        self.relu = nn.ReLU()
        self.linear2 = nn.Linear(hidden_size, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear2(self.relu(self.linear1(x)))


class Probabilities(Logits):
    def forward(self, x: Tensor) -> Tensor:
        return torch.softmax(super().forward(x), dim=1)


torch.manual_seed(0)
points = torch.randn(300, 2)
labels = points.sum(dim=1).clamp(-1, 1).round().long() + 1
criterion = nn.CrossEntropyLoss()

right = Logits(2, 16, 3)
optimizer = torch.optim.Adam(right.parameters(), lr=0.1)
for _ in range(200):
    optimizer.zero_grad()
    loss = criterion(right(points), labels)
    loss.backward()
    optimizer.step()
print(f"logits:        loss {loss.item():.4f}")

wrong = Probabilities(2, 16, 3)
optimizer = torch.optim.Adam(wrong.parameters(), lr=0.1)
for _ in range(200):
    optimizer.zero_grad()
    loss = criterion(wrong(points), labels)  # LG101
    loss.backward()
    optimizer.step()
print(f"probabilities: loss {loss.item():.4f}")
