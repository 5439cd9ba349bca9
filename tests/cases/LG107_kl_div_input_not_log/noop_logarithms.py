import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.distributions import Categorical, kl_divergence


def distillation(student, teacher, t=2.0):
    soft = F.kl_div(
        F.log_softmax(student / t, dim=1),
        F.softmax(teacher / t, dim=1),
        reduction="batchmean",
    )  # silent: log-probabilities against probabilities
    return soft * t * t


def mutual_learning(x, first, second):
    a, b = first(x), second(x)
    criterion = nn.KLDivLoss(reduction="batchmean")
    ab = criterion(F.log_softmax(a, dim=1), F.softmax(b, dim=1))  # silent: the target is another model
    ba = criterion(F.log_softmax(b, dim=1), F.softmax(a, dim=1))  # silent: and the other way round
    return ab + ba


def log_of_probabilities(student, teacher):
    p = student.softmax(dim=-1)
    wanted = teacher.softmax(dim=-1)
    return F.kl_div(p.log(), wanted, reduction="sum")  # silent: the logarithm is taken at the call


def log_target(student, teacher):
    criterion = nn.KLDivLoss(log_target=True, reduction="batchmean")
    return criterion(student.log_softmax(-1), teacher.log_softmax(-1))  # silent: both are logarithms


def jensen_shannon(p, q):
    p, q = F.softmax(p, dim=1), F.softmax(q, dim=1)
    m = 0.5 * (p + q)
    left = F.kl_div(m.log(), p, reduction="batchmean")  # silent: the mixture's logarithm is the input
    right = F.kl_div(m.log(), q, reduction="batchmean")  # silent: the mixture's logarithm is the input
    return 0.5 * (left + right)


def against_a_fixed_prior(model, x):
    posterior = F.softmax(model(x), dim=1)
    prior = torch.full_like(posterior, 1.0 / posterior.shape[1])
    return F.kl_div(prior.log(), posterior, reduction="batchmean")  # silent: the model is the target


def unknown(scores, target):
    return F.kl_div(scores, target, reduction="sum")  # silent: nothing is known of the scores


def log_sigmoid(scores, target):
    return F.kl_div(F.logsigmoid(scores), target, reduction="sum")  # silent: a logarithm of probabilities


class Student(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 4)

    def forward(self, x):
        return nn.LogSoftmax(dim=1)(self.fc(x))


def from_a_model(x, teacher):
    with torch.no_grad():
        target = F.softmax(teacher(x), dim=1)
    return F.kl_div(Student()(x), target, reduction="batchmean")  # silent: forward ends in LogSoftmax


def distributions(a, b):
    return kl_divergence(Categorical(logits=a), Categorical(probs=b.softmax(-1)))  # silent: another function


def kl_div(p, q):
    return (p * (p / q).log()).sum()


def own_function(a, b):
    return kl_div(a.softmax(-1), b.softmax(-1))  # silent: the project's own divergence


def normalised_by_hand(x, target):
    scores = nn.Linear(16, 4)(x)
    log_probs = scores - scores.logsumexp(dim=1, keepdim=True)
    return F.kl_div(log_probs, target, reduction="batchmean")  # silent: log_softmax written out
