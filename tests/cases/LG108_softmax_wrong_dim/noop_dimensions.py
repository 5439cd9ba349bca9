import torch
import torch.nn.functional as F
from torch import nn


def over_classes(x, y):
    return F.nll_loss(F.log_softmax(nn.Linear(8, 10)(x.view(-1, 8)), dim=1), y)  # silent: the classes


def negative(x, y):
    return F.nll_loss(nn.Linear(8, 10)(x.view(-1, 8)).log_softmax(-1), y)  # silent: -1 is dimension 1


def implicit(x, y):
    return F.nll_loss(nn.LogSoftmax()(nn.Linear(8, 10)(x.view(-1, 8))), y)  # silent: dimension 1 of two


def unknown_rank(x, y):
    return F.nll_loss(F.log_softmax(x, dim=0), y)  # silent: one sample, (C), is not ruled out


def one_sample(x, y):
    scores = nn.Linear(8, 10)(x.view(8))
    return F.nll_loss(F.log_softmax(scores, dim=0), y)  # silent: one sample without a batch


def one_sample_in_a_batch(x, y):
    log_probs = F.log_softmax(nn.Linear(8, 10)(x.view(8)), dim=0)
    return F.nll_loss(log_probs.unsqueeze(0), y)  # silent: the dimension moves along


def masks(images, y):
    return F.nll_loss(F.log_softmax(nn.Conv2d(3, 5, 3)(images), dim=1), y)  # silent: (N, C, H, W)


def softmax2d(images, y):
    return F.nll_loss(nn.Softmax2d()(nn.Conv2d(3, 5, 3)(images)).log(), y)  # silent: dimension -3 of four


def transposed(x, y):
    log_probs = F.log_softmax(nn.Linear(8, 10)(x.view(-1, 7, 8)), dim=-1)
    return F.nll_loss(log_probs.transpose(1, 2), y)  # silent: brought to dimension 1


def flattened(x, y):
    log_probs = F.log_softmax(nn.Linear(8, 10)(x.view(-1, 7, 8)), dim=2)
    return F.nll_loss(log_probs.view(-1, 10), y.view(-1))  # silent: rows of classes


def contrastive(a, b):
    similarity = a.view(-1, 8) @ b.view(-1, 8).t()
    diagonal = torch.arange(similarity.size(0))
    rows = F.nll_loss(F.log_softmax(similarity, dim=1), diagonal)  # silent: each a among all b
    return rows + F.nll_loss(F.log_softmax(similarity, dim=0), diagonal)  # silent: each b among all a


def speech(x, targets, lengths, target_lengths):
    log_probs = nn.Linear(40, 30)(x.view(100, -1, 40)).log_softmax(2)
    return F.ctc_loss(log_probs, targets, lengths, target_lengths)  # silent: (T, N, C)


def batch_first(x, targets, lengths, target_lengths):
    log_probs = nn.Linear(40, 30)(x.view(-1, 100, 40)).log_softmax(2)
    return F.ctc_loss(log_probs.transpose(0, 1), targets, lengths, target_lengths)  # silent: still the last


def spatial(student, teacher):
    maps = student.view(-1, 5, 64)
    wanted = teacher.view(-1, 5, 64).softmax(2)
    return F.kl_div(maps.log_softmax(2), wanted, reduction="sum")  # silent: both over space


def both_over_samples(student, teacher):
    near = F.log_softmax(student.view(-1, 32), dim=0)
    wanted = F.softmax(teacher.view(-1, 32), dim=0)
    return F.kl_div(near, wanted, reduction="batchmean")  # silent: both over the samples


def attention(x, y):
    weights = torch.softmax(x.view(8, -1), dim=0)
    return F.binary_cross_entropy(weights, y)  # silent: a binary loss takes any probability


def two_classes(x, y):
    return nn.BCELoss()(nn.Linear(8, 2)(x.view(-1, 8)).softmax(1), y)  # silent: two values


def divergence_over_the_batch(x, teacher):
    scores = nn.Linear(96, 3)(x.flatten(1))
    return nn.KLDivLoss(reduction="batchmean")(F.log_softmax(scores, dim=0), teacher.softmax(0))  # silent: both do


def divergence_over_the_batch_of_any_rank(x, teacher):
    scores = nn.Linear(96, 3)(x.flatten(1)) * nn.Parameter(torch.ones(1))
    return nn.KLDivLoss(reduction="batchmean")(F.log_softmax(scores, dim=0), teacher.softmax(0))  # silent: both do


def divergence_from_what_sums_over_the_last_dimension(x, teacher):
    scores = nn.Linear(96, 3)(x.flatten(1)) * nn.Parameter(torch.ones(1))
    return nn.KLDivLoss(reduction="batchmean")(F.log_softmax(scores, dim=0), teacher.softmax(-1))  # silent: any rank
