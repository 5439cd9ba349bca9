import torch
import torch.nn as nn
import torch.nn.functional as F


def batchmean(student, teacher):
    return F.kl_div(student.log_softmax(1), teacher.softmax(1), reduction="batchmean")  # silent: batchmean


def summed(student, teacher):
    return nn.KLDivLoss(reduction="sum")(student.log_softmax(1), teacher.softmax(1)) / 8  # silent: the sum


def by_element(student, teacher):
    losses = F.kl_div(student.log_softmax(1), teacher.softmax(1), reduction="none")  # silent: summed by hand
    return losses.sum(1).mean()


def by_position(student, teacher):
    loss = F.kl_div(student.log_softmax(1), teacher.softmax(1), None, None, "batchmean")  # silent: the fifth
    return loss


def chosen_by_the_caller(student, teacher, reduction):
    return F.kl_div(student.log_softmax(1), teacher.softmax(1), reduction=reduction)  # silent: unknown


def options_in_a_dictionary(student, teacher, **options):
    return F.kl_div(student.log_softmax(1), teacher.softmax(1), **options)  # silent: may be among the options


def constructed_with_a_dictionary(student, teacher, options):
    return nn.KLDivLoss(**options)(student.log_softmax(1), teacher.softmax(1))  # silent: may be among them


def set_later(student, teacher):
    criterion = nn.KLDivLoss()
    criterion.reduction = "batchmean"
    return criterion(student.log_softmax(1), teacher.softmax(1))  # silent: the attribute says batchmean


def native_default(student, teacher):
    losses = torch.kl_div(student.log_softmax(1), teacher.softmax(1))  # silent: it does not reduce
    return losses.sum(1).mean()


def native_sum(student, teacher):
    return torch.kl_div(student.log_softmax(1), teacher.softmax(1), 2) / 8  # silent: 2 is the sum


class Divergence(nn.KLDivLoss):
    def __init__(self):
        super().__init__(reduction="batchmean")


def subclass(student, teacher):
    return Divergence()(student.log_softmax(1), teacher.softmax(1))  # silent: the subclass says batchmean


def given(student, teacher, criterion: nn.KLDivLoss):
    return criterion(student.log_softmax(1), teacher.softmax(1))  # silent: nobody knows how it was made


def other_losses(student, teacher):
    return F.mse_loss(student, teacher, reduction="mean")  # silent: a mean is right here
