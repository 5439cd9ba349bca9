import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(32, 10)

    def forward(self, x, log=True):
        x = self.fc(x)
        if log:
            return F.log_softmax(x, dim=1)
        return x


def right_pair(x, y):
    return F.nll_loss(Net()(x), y)  # silent: log-probabilities into NLL


def class_form(x, y):
    criterion = nn.NLLLoss()
    return criterion(Net()(x), y)  # silent: log-probabilities into NLL


def flag_off(x, y):
    return F.cross_entropy(Net()(x, log=False), y)  # silent: the flag turns it off


def divergence(student, teacher):
    log_probs = F.log_softmax(student, dim=1)
    return F.kl_div(log_probs, F.softmax(teacher, dim=1), reduction="batchmean")  # silent: KL takes logarithms


def for_printing(scores, y):
    log_probs = F.log_softmax(scores, dim=1)
    print(log_probs.max().item())
    return F.cross_entropy(scores, y)  # silent: the loss gets the scores


def afterwards(scores, y):
    loss = F.cross_entropy(scores, y)  # silent: the log-softmax follows
    scores = F.log_softmax(scores, dim=1)
    return loss, scores


def exclusive(scores, y, loss_name):
    if loss_name == "nll":
        scores = F.log_softmax(scores, dim=1)
        criterion = nn.NLLLoss()
    else:
        criterion = nn.CrossEntropyLoss()
    return criterion(scores, y)  # silent: the log-softmax goes with NLLLoss


def affine_afterwards(x, y):
    calibrated = nn.Linear(10, 10)(F.log_softmax(x, dim=1))
    return F.cross_entropy(calibrated, y)  # silent: an affine layer follows


def log_of_something_else(x, y):
    return F.cross_entropy(torch.log(x), y)  # silent: nothing is known of x


class LogitAdjustment(nn.Module):
    def __init__(self, prior):
        super().__init__()
        self.prior = prior

    def forward(self, scores, y):
        adjusted = scores + torch.log(self.prior)
        return F.cross_entropy(adjusted, y)  # silent: scores with an offset


def negated_entropy(scores, y):
    entropy = -(scores.softmax(1) * scores.log_softmax(1)).sum(1).mean()
    return F.cross_entropy(scores, y) - 0.1 * entropy  # silent: the log-softmax is in the entropy


class LogReg(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 2)

    def forward(self, x):
        return self.fc(x)


def module_called_log(x, y):
    log = LogReg()
    return nn.CrossEntropyLoss()(log(x), y)  # silent: log is a model
