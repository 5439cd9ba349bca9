import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import nn as N
from torch.nn.functional import kl_div


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 10)

    def forward(self, x):
        return self.fc(x)


def logits_of_the_teacher(student, teacher, x):
    teacher = Net()
    with torch.no_grad():
        wanted = teacher(x)
    return F.kl_div(F.log_softmax(student(x), dim=1), wanted, reduction="batchmean")  # expect: LG207


def both_are_logarithms(a, b):
    return F.kl_div(
        a.log_softmax(-1),
        b.log_softmax(-1),  # expect: LG207
        reduction="batchmean",
    )


def probabilities_as_logarithms(a, b):
    criterion = nn.KLDivLoss(reduction="batchmean", log_target=True)
    return criterion(a.log_softmax(1), b.softmax(1))  # expect: LG207


def by_name(a, b):
    soft = torch.softmax(b / 4, dim=1)
    return kl_div(input=a.log_softmax(1), target=soft, reduction="sum", log_target=True)  # expect: LG207


def indices(a, y):
    return F.kl_div(a.log_softmax(1), y.long(), reduction="batchmean")  # expect: LG207


def one_hot(a, y):
    wanted = F.one_hot(y, 10)
    return N.KLDivLoss(reduction="batchmean")(a.log_softmax(1), wanted)  # expect: LG207


class Distiller:
    def __init__(self):
        self.student, self.teacher = Net(), Net()
        self.kl = nn.KLDivLoss()

    def step(self, x):
        student = F.log_softmax(self.student(x), dim=1)
        return self.kl(student, self.teacher(x).detach())  # expect: LG207


def logits_as_logarithms(a, x):
    wanted = Net()(x)
    return F.kl_div(a.log_softmax(1), wanted, reduction="batchmean", log_target=True)  # expect: LG207


def native(a, b):
    return torch.kl_div(a.log_softmax(1), F.logsigmoid(b), 2)  # expect: LG207
