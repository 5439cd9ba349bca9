import torch
import torch.nn.functional as F
from torch import nn
from torch.nn import MSELoss


class Regressor(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 1))

    def forward(self, x):
        return self.layers(x)


def train(x):
    model, criterion = Regressor(), nn.MSELoss()
    y = torch.randn(32)
    return criterion(model(x), y)  # expect: LG304


def flat_labels(x, y):
    return F.l1_loss(Regressor()(x), y.view(-1))  # expect: LG304


def column_of_labels(x, y):
    return F.smooth_l1_loss(Regressor()(x).flatten(), y.view(-1, 1))  # expect: LG304


def keywords(x, y):
    return nn.HuberLoss()(target=y.reshape(-1), input=Regressor()(x))  # expect: LG304


def squeezed_too_much(x, y):
    return MSELoss()(Regressor()(x)[:, 0], y.reshape(-1, 1))  # expect: LG304


def counts(x, y):
    return nn.PoissonNLLLoss()(Regressor()(x), y.flatten())  # expect: LG304


def with_variance(x, y):
    mean = Regressor()(x)
    return nn.GaussianNLLLoss()(mean, y.flatten(), mean.exp())  # expect: LG304


def maps(images, depth):
    predicted = nn.Conv2d(3, 1, 3, padding=1)(images)
    return F.mse_loss(predicted, depth.view(-1, 64, 64))  # expect: LG304


def one_label_for_all(x, y):
    scores = nn.Linear(16, 5)(x.view(-1, 16))
    return nn.MultiLabelSoftMarginLoss()(scores, y.view(-1, 1))  # expect: LG304


def same_number(a, b):
    errors = F.mse_loss(a.view(8, 1), b.view(8), reduction="none")  # expect: LG304
    return errors.mean()
