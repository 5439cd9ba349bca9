"""Batches that fit, or are made in a way of which nothing is known."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

model = nn.Linear(8, 1)
x, y = torch.rand(60, 8), torch.rand(60)

for inputs, targets in DataLoader(TensorDataset(x, y.unsqueeze(1)), batch_size=16):
    F.mse_loss(model(inputs), targets).backward()  # silent

for inputs, targets in DataLoader(TensorDataset(x, y), batch_size=16):
    F.mse_loss(model(inputs).squeeze(1), targets).backward()  # silent


def columns(samples):
    rows, values = zip(*samples)
    return torch.stack(rows), torch.stack(values).unsqueeze(1)


for inputs, targets in DataLoader(TensorDataset(x, y), batch_size=16, collate_fn=columns):
    F.mse_loss(model(inputs), targets).backward()  # silent: batches are made by the function

for inputs, targets in DataLoader(TensorDataset(x, y), batch_size=None):
    F.mse_loss(model(inputs), targets).backward()  # silent: there are no batches


class Own(Dataset):
    def __init__(self, as_column):
        self.as_column = as_column

    def __getitem__(self, index):
        value = torch.tensor([0.5]) if self.as_column else torch.tensor(0.5)
        return torch.rand(8), value


def train(as_column):
    for inputs, targets in DataLoader(Own(as_column), batch_size=4):
        F.mse_loss(model(inputs), targets).backward()  # silent: the values may be columns


for inputs, targets in DataLoader(Own(True), batch_size=4):
    F.mse_loss(model(inputs), targets).backward()  # silent: a column


class Loader:
    def __init__(self, dataset):
        self.dataset = dataset

    def __iter__(self):
        for row, value in self.dataset:
            yield row.unsqueeze(0), value.view(1, 1)


for inputs, targets in Loader(TensorDataset(x, y)):
    F.mse_loss(model(inputs), targets).backward()  # silent: a loader of the program's own
