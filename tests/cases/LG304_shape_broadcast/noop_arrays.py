import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

Tensor = torch.cuda.FloatTensor if torch.cuda.is_available() else torch.FloatTensor


def train(x, n, shape, patch):
    column = nn.Linear(8, 1)(torch.zeros(16, 8))
    F.mse_loss(column, Tensor(np.ones((n, 1))))  # silent: the same shape
    F.mse_loss(column, Tensor(np.ones((n, *patch))))  # silent: not known
    F.mse_loss(column, torch.from_numpy(np.zeros(shape)))  # silent: not known
    F.mse_loss(column, torch.tensor(np.random.normal(0, 1, size=(16, 1))))  # silent: the same shape
    F.mse_loss(column, torch.as_tensor(np.random.rand(16, 1)))  # silent: the same shape
    F.mse_loss(column, torch.from_numpy(np.ones((16,)).reshape(-1, 1)))  # silent: what comes of it is not known
