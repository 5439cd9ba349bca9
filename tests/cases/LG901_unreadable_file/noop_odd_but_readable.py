# -*- coding: latin-1 -*-
import torch.nn as nn


class Net(nn.Module):
    def forward(self, x): return (lambda y: y)(x)


if True: criterion = nn.CrossEntropyLoss(); loss = lambda x, y: criterion(x, y)  # silent: odd, but readable
