"""The mistake of ``acgan/train.py`` under the guard: it is told at the first batch."""

import torch
from torch import nn

import lossguard
from acgan.nets import Discriminator

points, labels = torch.randn(64, 2), torch.randint(4, (64,))
auxiliary = lossguard.guard(nn.CrossEntropyLoss())

validity, label = Discriminator()(points)
try:
    auxiliary(label, labels)  # LG101
except lossguard.LossGuardError as error:
    print(error)
