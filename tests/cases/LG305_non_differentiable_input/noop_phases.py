import torch
from torch import nn

net = nn.Linear(4, 1)
criterion = nn.MSELoss(reduction="sum")
optimizer = torch.optim.Adam(net.parameters())
TRAIN = False
LEARN = False

for epoch in range(100):
    for phase in ("train", "val"):
        training = phase == "train"
        for x, y in loaders[phase]:
            with torch.set_grad_enabled(training):
                loss = criterion(net(x), y.view(-1, 1))  # silent: only where there is a gradient
                if training:
                    loss.backward()
                    optimizer.step()

for is_training in (True, False):
    with torch.set_grad_enabled(is_training):
        loss = criterion(net(x), y.view(-1, 1))  # silent: likewise
        if is_training:
            loss.backward()

with torch.set_grad_enabled(TRAIN):
    loss = criterion(net(x), y.view(-1, 1))  # silent: with another constant both change
if TRAIN:
    loss.backward()

out = net(x)
if not LEARN:
    out = out.detach()
if LEARN:
    criterion(out, y.view(-1, 1)).backward()  # silent: likewise


def cut(out):
    return out if FINE else out.detach()


FINE = 0
out = cut(net(x))
if FINE:
    criterion(out, y.view(-1, 1)).backward()  # silent: likewise

STEP = False
for x, y in loader:
    out = net(x)
    if STEP:
        criterion(out, y.view(-1, 1)).backward()  # silent: without a gradient this is not reached
    torch.set_grad_enabled(STEP)
