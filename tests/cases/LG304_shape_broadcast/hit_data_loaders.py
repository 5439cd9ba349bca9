"""What comes from a data loader has the shape of the samples of its data set, and one dimension more."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset, Subset, TensorDataset, random_split
from tqdm import tqdm

model = nn.Linear(8, 1)
x, y = torch.rand(60, 8), torch.rand(60)
whole = TensorDataset(x, y)
training, validation = random_split(whole, [50, 10])


class Own(Dataset):
    as_numbers = True

    def __len__(self):
        return len(x)

    def __getitem__(self, index):
        return {"rows": x[index], "value": 1.5 if self.as_numbers else float(index)}


def train(loader):
    for inputs, targets in loader:
        F.mse_loss(model(inputs), targets).backward()  # expect: LG304


train(DataLoader(whole, batch_size=16, shuffle=True))

for number, (inputs, targets) in enumerate(tqdm(DataLoader(training, 16))):
    nn.L1Loss()(model(inputs), targets).backward()  # expect: LG304

for batch in DataLoader(Subset(whole, range(3)), batch_size=4, drop_last=True):
    F.huber_loss(model(batch[0]), batch[1]).backward()  # expect: LG304

for batch in DataLoader(Own(), batch_size=4):
    F.mse_loss(model(batch["rows"]), batch["value"].float()).backward()  # expect: LG304

inputs, targets = next(iter(DataLoader(validation)))
F.mse_loss(model(inputs), targets)  # expect: LG304
