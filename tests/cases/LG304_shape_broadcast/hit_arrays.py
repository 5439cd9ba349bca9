import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

Tensor = torch.cuda.FloatTensor if torch.cuda.is_available() else torch.FloatTensor


def train(x, n):
    column = nn.Linear(8, 1)(torch.zeros(16, 8))
    F.mse_loss(column, Tensor(np.ones((n,))))  # expect: LG304
    F.mse_loss(column, torch.from_numpy(np.zeros((16,))))  # expect: LG304
    F.mse_loss(column, torch.tensor(np.random.normal(0, 1, (16,))))  # expect: LG304
    F.mse_loss(column, torch.as_tensor(np.random.rand(16)))  # expect: LG304
