"""BCELoss takes probabilities: one network ends in a sigmoid, the other leaves it out."""

import torch
from torch import Tensor, nn


class Scores(nn.Module):
    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.linear1 = nn.Linear(input_size, hidden_size)
        self.relu = nn.ReLU()
        self.linear2 = nn.Linear(hidden_size, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear2(self.relu(self.linear1(x)))


class Probabilities(Scores):
    def forward(self, x: Tensor) -> Tensor:
        return torch.sigmoid(super().forward(x))


torch.manual_seed(0)
images = torch.randn(8, 28 * 28)
is_dog = torch.randint(2, (8, 1)).float()
criterion = nn.BCELoss()

right = Probabilities(28 * 28, 5)
loss = criterion(right(images), is_dog)
print(f"probabilities: {loss.item():.4f}")

wrong = Scores(28 * 28, 5)
try:
    criterion(wrong(images), is_dog)  # LG105
except RuntimeError as error:
    print(f"scores: {error}")
