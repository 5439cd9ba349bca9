import torch
from losses import Head
from torch import nn

body = nn.Linear(8, 1)
head = Head()


def step(x, y):
    with torch.autocast("cuda", dtype=torch.float16):
        return head(body(x), y)
