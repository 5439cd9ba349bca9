"""A tag for each word: the classes belong in dimension 1.

With as many words as tags neither torch nor the guard can tell them apart; the checker can.
"""

import torch
from torch import Tensor, nn

import lossguard

VOCABULARY, TAGS, LENGTH = 20, 5, 5


class Tagger(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, 16)
        self.recurrent = nn.GRU(16, 16, batch_first=True)
        self.tags = nn.Linear(16, TAGS)

    def forward(self, words: Tensor) -> Tensor:
        states, _ = self.recurrent(self.embedding(words))
        return self.tags(states)


torch.manual_seed(0)
words = torch.randint(VOCABULARY, (64, LENGTH))
tags = words % TAGS

criterion = lossguard.guard(nn.CrossEntropyLoss())

model = Tagger()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for _ in range(100):
    loss = criterion(model(words).transpose(1, 2), tags)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
accuracy = (model(words).argmax(dim=2) == tags).float().mean().item()
print(f"classes in dimension 1: {accuracy:.0%} of the tags right")

model = Tagger()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for _ in range(100):
    loss = criterion(model(words), tags)  # noqa: LG306
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
accuracy = (model(words).argmax(dim=2) == tags).float().mean().item()
print(f"classes last:           {accuracy:.0%} of the tags right")
