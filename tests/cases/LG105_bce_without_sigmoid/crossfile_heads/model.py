import torch.nn as nn


class Scorer(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(12, 6), nn.ReLU(), nn.Linear(6, 1))

    def forward(self, x):
        return self.layers(x)


class Probability(Scorer):
    def forward(self, x):
        return super().forward(x).sigmoid()
