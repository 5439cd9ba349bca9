import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import nn as N
from torch.nn.functional import kl_div


def default(student, teacher):
    return F.kl_div(student.log_softmax(1), teacher.softmax(1))  # expect: LG307


def said_aloud(student, teacher):
    return kl_div(
        student.log_softmax(1),
        teacher.softmax(1),
        reduction="mean",  # expect: LG307
    )


def module(student, teacher):
    criterion = nn.KLDivLoss()
    return criterion(student.log_softmax(1), teacher.softmax(1))  # expect: LG307


def native(student, teacher):
    return torch.kl_div(student.log_softmax(1), teacher.softmax(1), 1)  # expect: LG307


def of_unknown_tensors(student, teacher):
    return F.kl_div(student, teacher, log_target=True)  # expect: LG307


class Distiller(N.Module):
    def __init__(self, temperature=4.0, reduction="mean"):
        super().__init__()
        self.temperature = temperature
        self.kl = N.KLDivLoss(reduction="mean")

    def forward(self, student, teacher):
        student = F.log_softmax(student / self.temperature, dim=1)
        teacher = F.softmax(teacher / self.temperature, dim=1)
        return self.kl(student, teacher) * self.temperature**2  # expect: LG307


class Divergence(nn.KLDivLoss):
    pass


def subclass(student, teacher):
    return Divergence()(student.log_softmax(1), teacher.softmax(1))  # expect: LG307
