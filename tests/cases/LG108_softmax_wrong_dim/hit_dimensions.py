import torch
import torch.nn.functional as F
from torch import nn
from torch.nn import NLLLoss


class Net(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.fc = nn.Linear(64, 10)
        self.log_softmax = nn.LogSoftmax(dim=dim)

    def forward(self, x):
        return self.log_softmax(self.fc(x.view(-1, 64)))


def over_the_batch(x, y):
    criterion = nn.NLLLoss()
    return criterion(Net(0)(x), y)  # expect: LG108


def negative(x, y):
    return NLLLoss()(input=Net(dim=-2)(x), target=y)  # expect: LG108


def functional(x, y):
    scores = x.reshape(-1, 10)
    return F.nll_loss(F.log_softmax(scores, dim=0), y)  # expect: LG108


def implicit(y):
    scores = nn.Conv1d(3, 10, 1)(torch.randn(8, 3, 50))
    return F.nll_loss(F.log_softmax(scores), y)  # expect: LG108


def over_space(images, y):
    masks = nn.Conv2d(3, 5, 3)(images)
    return F.nll_loss(torch.log_softmax(masks, dim=3), y)  # expect: LG108


def cross_entropy_does_not_undo_it(x, y):
    return F.cross_entropy(Net(0)(x), y)  # expect: LG108


def moved_with_the_scores(x, y):
    log_probs = F.log_softmax(x.view(-1, 4, 10), dim=2)
    return F.nll_loss(log_probs.permute(1, 2, 0)[..., 0].t(), y)  # expect: LG108


def one_value(x, y):
    probability = nn.Softmax(dim=1)(nn.Linear(8, 1)(x.view(-1, 8)))
    return nn.BCELoss()(probability, y)  # expect: LG108


def one_class(x, y):
    return F.nll_loss(nn.Linear(8, 1)(x.flatten(1)).log_softmax(1), y)  # expect: LG108


def speech(x, targets, lengths, target_lengths):
    frames, _ = nn.LSTM(40, 128)(x.view(100, -1, 40))
    log_probs = nn.Linear(128, 30)(frames).log_softmax(dim=0)
    return nn.CTCLoss()(log_probs, targets, lengths, target_lengths)  # expect: LG108


def distillation(x, teacher):
    student = nn.Linear(64, 10)(x.view(-1, 64))
    wanted = torch.randn(32, 10).softmax(dim=1)
    return F.kl_div(F.log_softmax(student, dim=0), wanted, reduction="batchmean")  # expect: LG108


def divergence_from_what_sums_over_the_classes(x, teacher):
    scores = nn.Linear(96, 3)(x.flatten(1))
    return nn.KLDivLoss(reduction="batchmean")(F.log_softmax(scores, dim=0), teacher.softmax(1))  # expect: LG108


def divergence_from_what_sums_over_the_classes_of_any_rank(x, teacher):
    scores = nn.Linear(96, 3)(x.flatten(1)) * nn.Parameter(torch.ones(1))
    return nn.KLDivLoss(reduction="batchmean")(F.log_softmax(scores, dim=0), teacher.softmax(1))  # expect: LG108
