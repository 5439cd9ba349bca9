import torch.nn as nn
from models import Classifier

model = Classifier()
criterion = nn.MSELoss()


def step(loss):
    loss.backward()


def train(loader):
    for x, y in loader:
        step(criterion(model.predict(x).float(), y))  # expect: LG305
        step(criterion(model.embed(x), y))  # expect: LG305
        step(criterion(model(x), y))  # silent: the scores are attached
