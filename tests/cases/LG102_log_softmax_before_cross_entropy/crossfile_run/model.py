import torch.nn as nn
import torch.nn.functional as F


class MobileNet(nn.Module):
    def __init__(self, num_classes=1000):
        super().__init__()
        self.features = nn.Conv2d(3, 32, 3)
        self.fc = nn.Linear(32, num_classes)

    def forward(self, x):
        x = self.features(x).mean((2, 3))
        x = self.fc(x)
        return F.log_softmax(x, dim=1)
