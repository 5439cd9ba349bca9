import torch
import torch.nn as nn
import torch.nn.functional as F


def distillation(student, teacher):
    return F.kl_div(student.log_softmax(1), teacher.softmax(1), reduction="batchmean")  # silent: probabilities


def both_are_logarithms(a, b):
    log_b = b.log_softmax(-1)
    return F.kl_div(a.log_softmax(-1), log_b, reduction="batchmean", log_target=True)  # silent: it says so


def module_with_log_target(a, b):
    criterion = nn.KLDivLoss(reduction="batchmean", log_target=True)
    return criterion(a.log_softmax(1), b.log_softmax(1))  # silent: it says so


def set_later(a, b):
    criterion = nn.KLDivLoss(reduction="batchmean")
    criterion.log_target = True
    return criterion(a.log_softmax(1), b.log_softmax(1))  # silent: the attribute says so


def exponential(a, b):
    log_b = b.log_softmax(1)
    return F.kl_div(a.log_softmax(1), log_b.exp(), reduction="batchmean")  # silent: probabilities again


def unknown_option(a, b, log_target):
    log_b = b.log_softmax(1)
    return F.kl_div(a.log_softmax(1), log_b, reduction="batchmean", log_target=log_target)  # silent: unknown


def options_in_a_dictionary(a, b, **options):
    return F.kl_div(a.log_softmax(1), b.log_softmax(1), **options)  # silent: log_target may be among them


def soft_labels(a, y):
    smooth = F.one_hot(y, 10).float() * 0.9 + 0.01
    return F.kl_div(a.log_softmax(1), smooth, reduction="batchmean")  # silent: label smoothing


def hard_labels(a, y):
    return F.kl_div(a.log_softmax(1), F.one_hot(y, 10).float(), reduction="batchmean")  # silent: one-hot floats


def unknown_target(a, target):
    return F.kl_div(a.log_softmax(1), target, reduction="batchmean")  # silent: nobody knows it


def sigmoid_target(a, b):
    return F.kl_div(F.logsigmoid(a), b.sigmoid(), reduction="batchmean")  # silent: probabilities


def smoothed_zeros(a, y):
    truth = torch.zeros(8, 10)
    truth.fill_(0.1 / 9)
    truth.scatter_(1, y.unsqueeze(1), 0.9)
    return nn.KLDivLoss(reduction="sum")(a.log_softmax(1), truth)  # silent: label smoothing by hand


def another_loss(a, b):
    return F.mse_loss(a.log_softmax(1), b.log_softmax(1))  # silent: no divergence
