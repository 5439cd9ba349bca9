import torch
import torch.nn.functional as F
from torch import nn


def columns(x, y):
    return F.mse_loss(nn.Linear(16, 1)(x.view(-1, 16)), y.view(-1, 1))  # silent: both (N, 1)


def squeezed(x, y):
    return F.mse_loss(nn.Linear(16, 1)(x.view(-1, 16)).squeeze(1), y.flatten())  # silent: both (N)


def flattened(x, y):
    return F.l1_loss(nn.Linear(16, 1)(x.view(-1, 16)).view(-1), y.view(-1))  # silent: both (N)


def unknown_labels(x, y):
    return F.mse_loss(nn.Linear(16, 1)(x.view(-1, 16)), y)  # silent: the rank of the labels is not known


def unsqueezed(x, y):
    return F.mse_loss(nn.Linear(16, 1)(x.view(-1, 16)), y.flatten().unsqueeze(-1))  # silent: (N, 1) again


def scalar(x):
    return F.mse_loss(nn.Linear(16, 1)(x.view(-1, 16)), torch.tensor(1.0))  # silent: one value for all


def one_row_for_all(x):
    return F.mse_loss(x.view(-1, 3), torch.tensor([0.1, 0.2, 0.3]))  # silent: only the target is stretched


def one_sample():
    return F.mse_loss(torch.randn(1, 1), torch.randn(1))  # silent: a single value


def every_pair(a, b):
    return F.l1_loss(a.view(-1, 1), b.view(1, -1))  # silent: as many dimensions, each pair is meant


def quantiles(current, wanted):
    errors = F.smooth_l1_loss(current.view(32, 1), wanted.view(51), reduction="none")  # silent: pairs are meant
    return errors.sum(1).mean()


def discriminator(images, real):
    validity = nn.Conv2d(64, 1, 4)(images)
    return F.mse_loss(validity, torch.ones_like(validity))  # silent: as the input


def like_the_input(x, y):
    prediction = nn.Linear(16, 1)(x.view(-1, 16))
    return F.mse_loss(prediction, y.flatten().view_as(prediction))  # silent: as the input


def prior(x):
    log_probs = nn.Linear(16, 5)(x.view(-1, 16)).log_softmax(1)
    return F.kl_div(log_probs, torch.full((5,), 0.2), reduction="batchmean")  # silent: one prior for all


def labels_of_each_class(x, y):
    scores = nn.Linear(16, 5)(x.view(-1, 16))
    return F.multilabel_soft_margin_loss(scores, y.view(-1, 5))  # silent: one label a class


def indexed(x, y):
    values = nn.Linear(16, 4)(x.view(-1, 16))
    return F.mse_loss(values[:, 0], y.flatten())  # silent: one column of the values


def gathered(x, actions, y):
    values = nn.Linear(16, 4)(x.view(-1, 16))
    chosen = values.gather(1, actions.view(-1, 1))
    return F.smooth_l1_loss(chosen, y.view(-1).unsqueeze(1))  # silent: both (N, 1)
