import torch
from torch import nn

TRAIN = False
SHOW = 1
LOAD, SAVE = True, False

model = nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1))
criterion = nn.CrossEntropyLoss()

if TRAIN:
    for x, y in loader:
        loss = criterion(model(x), y)  # expect: LG101
        loss.backward()

if __name__ == "__main__":
    if not SHOW:
        loss = criterion(model(x) if SHOW else model(x).log(), y)  # expect: LG102
    else:
        print(model)
    if SAVE:
        loss = criterion(model(x), y)  # silent: no constant of its own

TRAIN = False  # or True
if TRAIN:
    loss = criterion(model(z), y)  # expect: LG101
