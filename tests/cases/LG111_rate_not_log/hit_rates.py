import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import nn as N
from torch.nn.functional import poisson_nll_loss as poisson


class Counter(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(16, 1), nn.Softplus())

    def forward(self, x):
        return self.body(x)


class Scores(nn.Module):
    def __init__(self):
        super().__init__()
        self.mean = nn.Linear(16, 1)
        self.log_var = nn.Linear(16, 1)

    def forward(self, x):
        return self.mean(x), self.log_var(x)


def softplus_twice(x, counts):
    return nn.PoissonNLLLoss()(Counter()(x), counts)  # expect: LG111


def exponential(x, counts):
    log_rate, _ = Scores()(x)
    rate = torch.exp(log_rate)
    return F.poisson_nll_loss(rate, counts, full=True)  # expect: LG111


def said_aloud(x, counts):
    rate = F.softplus(Scores()(x)[0])
    return poisson(rate, counts, log_input=True)  # expect: LG111


def rate_with_an_epsilon(x, counts):
    return nn.PoissonNLLLoss()(Counter()(x) + 1e-6, counts)  # expect: LG111


def log_rate_as_rate(x, counts):
    log_rate, _ = Scores()(x)
    return F.poisson_nll_loss(log_rate, counts, log_input=False)  # expect: LG111


class Trainer:
    def __init__(self):
        self.model = Scores()
        self.poisson = N.PoissonNLLLoss(log_input=False)
        self.gaussian = N.GaussianNLLLoss()

    def counts(self, x, y):
        return self.poisson(self.model(x)[0], y)  # expect: LG111

    def values(self, x, y):
        mean, log_var = self.model(x)
        return self.gaussian(mean, y, log_var)  # expect: LG111


def log_variance_by_name(x, y):
    mean, log_var = Scores()(x)
    return F.gaussian_nll_loss(
        input=mean,
        target=y,
        var=log_var,  # expect: LG111
    )


def bounded_log_variance(x, y):
    mean, log_var = Scores()(x)
    return F.gaussian_nll_loss(mean, y, torch.tanh(log_var))  # expect: LG111


def rate_of_what_a_relu_gives(x, y):
    return F.poisson_nll_loss(nn.Linear(9, 1)(x).relu().exp(), y)  # expect: LG111
