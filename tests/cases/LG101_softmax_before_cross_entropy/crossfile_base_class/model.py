import torch.nn as nn
import torch.nn.functional as F
from base import Base

class Net(Base):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        return F.softmax(self.fc(x), dim=1)
