import torch.nn as nn
import torch.nn.functional as F


class SagNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.pool = nn.Linear(16, 16)
        self.classify = nn.Linear(16, 2)

    def forward(self, x):
        weights = F.softmax(self.pool(x), dim=1)
        return F.log_softmax(self.classify(weights * x), dim=-1)


class RawNet(SagNet):
    def forward(self, x):
        return self.classify(self.pool(x))
