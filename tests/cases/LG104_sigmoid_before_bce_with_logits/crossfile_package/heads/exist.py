import torch
from torch import nn


class ScoreHead(nn.Module):
    def __init__(self, width=128, lanes=4):
        super().__init__()
        self.fc = nn.Linear(width, lanes)

    def forward(self, x):
        return {"exist": self.fc(x)}


class ExistHead(ScoreHead):
    def forward(self, x):
        out = super().forward(x)
        out["exist"] = torch.sigmoid(out["exist"])
        return out
