import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn import NLLLoss


class TextRnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(100, 64)
        self.fc = nn.Linear(64, 4)
        self.softmax = nn.Softmax(dim=1)

    def forward(self, x):
        _, (hidden, _) = self.lstm(x)
        return self.softmax(self.fc(hidden[-1]))

    def add_loss_op(self, loss_op):
        self.loss_op = loss_op

    def run_epoch(self, batches):
        for x, y in batches:
            y_pred = self.__call__(x)
            loss = self.loss_op(y_pred, y)  # expect: LG106
            loss.backward()


def main(batches):
    model = TextRnn()
    model.add_loss_op(nn.NLLLoss())
    model.run_epoch(batches)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 100)
        self.fc2 = nn.Linear(100, 10)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x.view(-1, 784))))


def train(loader):
    model = Net()
    for data, target in loader:
        F.cross_entropy(model(data), target).backward()


def test(loader):
    model = Net()
    model.eval()
    total = 0.0
    with torch.no_grad():
        for data, target in loader:
            output = model(data)
            total += F.nll_loss(output, target, reduction="sum").item()  # expect: LG106
    return total


def softmax_in_the_loop(x, y):
    output = Net()(x)
    output = F.softmax(output, dim=1)
    return F.nll_loss(output, y)  # expect: LG106


def class_style(x, y):
    criterion = NLLLoss()
    return criterion(input=torch.sigmoid(nn.Linear(4, 3)(x)), target=y)  # expect: LG106


def method_style(x, y):
    return nn.functional.nll_loss(nn.Linear(4, 3)(x).softmax(-1), y)  # expect: LG106


def convolution(x, mask):
    scores = nn.Conv2d(3, 21, 1)(x)
    return nn.NLLLoss(ignore_index=255)(scores, mask)  # expect: LG106


def log_taken_too_early(x, y):
    hidden = torch.log_softmax(nn.Linear(4, 8)(x), dim=1)
    return F.nll_loss(nn.Linear(8, 3)(hidden), y)  # expect: LG106


def undone_logarithm(x, y):
    log_probs = F.log_softmax(nn.Linear(4, 3)(x), dim=1)
    return F.nll_loss(log_probs.exp(), y)  # expect: LG106


def log_sigmoid(x, y):
    return F.nll_loss(F.logsigmoid(nn.Linear(4, 3)(x)), y)  # expect: LG106
