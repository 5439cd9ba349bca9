import argparse

import torch
import torch.nn as nn
import torch.nn.functional as F

CRITERION = nn.CrossEntropyLoss()
LOSSES = {"ce": nn.CrossEntropyLoss(), "mse": nn.MSELoss()}


def make_criterion():
    return nn.CrossEntropyLoss(ignore_index=0)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 4)

    def forward(self, x):
        return F.softmax(self.fc(x), dim=1)


def module_global(x, y):
    out = Classifier()(x)
    return CRITERION(out, y)  # expect: LG101


def dict_entry(x, y):
    out = Classifier()(x)
    return LOSSES["ce"](out, y)  # expect: LG101


def function_result(x, y):
    criterion = make_criterion()
    return criterion(Classifier()(x), y)  # expect: LG101


def default_parameter(x, y, criterion=nn.CrossEntropyLoss()):
    return criterion(Classifier()(x), y)  # expect: LG101


def run_epoch(model, loader, criterion, optimizer):
    for x, y in loader:
        loss = criterion(model(x), y)  # expect: LG101
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


class Trainer:
    def __init__(self):
        self.model = Classifier()
        self.criterion = nn.CrossEntropyLoss()

    def step(self, batch):
        x, y = batch
        out = self.model(x)
        return self.criterion(out, y)  # expect: LG101


class Lightning(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Linear(16, 4)
        self.loss = F.cross_entropy

    def forward(self, x):
        return self.net(x).softmax(-1)

    def training_step(self, batch, batch_idx):
        x, y = batch
        y_hat = self(x)
        return self.loss(y_hat, y)  # expect: LG101


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1)
    args = parser.parse_args()
    model = Classifier()
    loader = torch.utils.data.DataLoader([])
    run_epoch(model, loader, nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=args.lr))


if __name__ == "__main__":
    main()
