from torch import nn

from .base import Base


class Tagger(Base):
    def __init__(self, width=32, tags=7):
        super().__init__(width, tags)
        self.lstm = nn.LSTM(width, width, batch_first=True)

    def encode(self, x):
        out, _ = self.lstm(x)
        return out
