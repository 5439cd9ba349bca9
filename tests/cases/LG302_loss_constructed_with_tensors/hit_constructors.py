import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import nn as N
from torch.nn import BCELoss


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 4)

    def forward(self, x):
        return self.fc(x)


def prediction_and_target(x):
    labels = torch.tensor([2, 0, 1])
    output = Net()(x)
    loss = nn.CrossEntropyLoss(output, labels)  # expect: LG302
    return loss


def mean_squared_error(x):
    target = torch.zeros(8, 4)
    return nn.MSELoss(Net()(x), target)  # expect: LG302


def binary(x):
    probs = torch.sigmoid(Net()(x))
    target = torch.ones(8, 4)
    return BCELoss(probs, target)  # expect: LG302


def negative_log_likelihood(x):
    log_probs = F.log_softmax(Net()(x), dim=1)
    return N.NLLLoss(log_probs, torch.tensor([2, 0, 1]))  # expect: LG302


def divergence(student, teacher):
    return nn.KLDivLoss(student.log_softmax(1), teacher.softmax(1))  # expect: LG302


def absolute_error(prediction):
    return nn.L1Loss(torch.relu(prediction), torch.zeros(8, 1))  # expect: LG302


class Trainer:
    def __init__(self):
        self.model = Net()

    def step(self, x, y):
        loss = nn.CrossEntropyLoss(self.model(x), y.long())  # expect: LG302
        loss.backward()
