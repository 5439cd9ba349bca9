import torch
import torch.nn as nn
import torch.nn.functional as F


class Scores(nn.Module):
    def __init__(self):
        super().__init__()
        self.mean = nn.Linear(16, 1)
        self.log_var = nn.Linear(16, 1)

    def forward(self, x):
        return self.mean(x), self.log_var(x)


def log_rate(x, counts):
    return nn.PoissonNLLLoss()(Scores()(x)[0], counts)  # silent: the logarithm of the rate, as it should be


def rate(x, counts):
    rate = F.softplus(Scores()(x)[0])
    return F.poisson_nll_loss(rate, counts, log_input=False)  # silent: a rate, and it says so


def rate_by_position(x, counts):
    rate = Scores()(x)[0].exp()
    return F.poisson_nll_loss(rate, counts, False)  # silent: the third argument is log_input


def logarithm_of_a_rate(x, counts):
    rate = F.softplus(Scores()(x)[0])
    return nn.PoissonNLLLoss()(torch.log(rate), counts)  # silent: the logarithm of the rate


def rectified(x, counts):
    return nn.PoissonNLLLoss()(torch.relu(Scores()(x)[0]), counts)  # silent: odd, but a log-rate may be so


def of_unknown_meaning(x, counts, log_input):
    rate = Scores()(x)[0].exp()
    return F.poisson_nll_loss(rate, counts, log_input=log_input)  # silent: nobody knows log_input


def with_options(x, counts, **options):
    rate = Scores()(x)[0].exp()
    return F.poisson_nll_loss(rate, counts, **options)  # silent: log_input may be among the options


def switched_off_later(x, counts):
    criterion = nn.PoissonNLLLoss()
    criterion.log_input = False
    return criterion(Scores()(x)[0].exp(), counts)  # silent: the attribute says that it is a rate


def variance(x, y):
    mean, log_var = Scores()(x)
    return nn.GaussianNLLLoss()(mean, y, log_var.exp())  # silent: the variance


def softplus_variance(x, y):
    mean, raw = Scores()(x)
    return F.gaussian_nll_loss(mean, y, F.softplus(raw) + 1e-6)  # silent: the variance


def learned_variance(x, y):
    variance = nn.Parameter(torch.ones(1))
    return F.gaussian_nll_loss(Scores()(x)[0], y, variance)  # silent: a parameter, kept positive elsewhere


def constant_variance(x, y):
    mean, _ = Scores()(x)
    return nn.GaussianNLLLoss()(mean, y, torch.ones(8, 1))  # silent: one everywhere


def squared_deviation(x, y):
    mean, deviation = Scores()(x)
    return nn.GaussianNLLLoss()(mean, y, deviation**2)  # silent: a square


def swapped_meaning(x, y):
    mean, log_var = Scores()(x)
    return F.mse_loss(mean, log_var)  # silent: not a likelihood
