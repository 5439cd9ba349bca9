import torch
import torch.nn as nn
import torch.nn.functional as F


class TeacherList(nn.Module):
    def __init__(self):
        super().__init__()
        self.kl = nn.KLDivLoss(reduction="batchmean")

    def forward(self, scores, labels):
        return self.kl(scores.softmax(-1), labels.softmax(-1))  # expect: LG107


def functional(student, teacher):
    p = F.softmax(student, dim=1)
    q = F.softmax(teacher, dim=1)
    return F.kl_div(p, q, reduction="batchmean")  # expect: LG107


def raw_scores(x, teacher):
    student = nn.Linear(16, 4)
    return nn.KLDivLoss()(student(x), teacher.softmax(dim=1).detach())  # expect: LG107


def with_temperature(student, teacher, t=4.0):
    loss = nn.KLDivLoss(reduction="batchmean")(
        F.softmax(student / t, dim=1),  # expect: LG107
        F.softmax(teacher / t, dim=1),
    )
    return loss * t * t


def keywords(student, target):
    probs = torch.sigmoid(student)
    return nn.functional.kl_div(target=target, input=probs, reduction="sum")  # expect: LG107


def inline(a, b):
    criterion = nn.KLDivLoss(reduction="batchmean")
    return a, criterion(torch.softmax(a, -1), torch.softmax(b, -1).detach())  # expect: LG107


def both_probabilities(scores, teacher):
    positive = torch.sigmoid(scores)
    signal = torch.cat((1 - positive, positive), dim=1)
    return F.kl_div(signal, teacher, reduction="batchmean")  # expect: LG107
