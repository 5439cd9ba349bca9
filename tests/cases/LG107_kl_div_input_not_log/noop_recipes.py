import torch
import torch.nn as nn
import torch.nn.functional as F


def virtual_adversarial(model, x):
    with torch.no_grad():
        pred = F.softmax(model(x), dim=1)
    noise = torch.rand(x.shape).sub(0.5).requires_grad_()
    log_probs = F.log_softmax(model(x + noise), dim=1)
    return F.kl_div(log_probs, pred, reduction="batchmean")  # silent: logarithms against probabilities


def trades(model, x, adversarial):
    criterion = nn.KLDivLoss(reduction="sum")
    return criterion(F.log_softmax(model(adversarial), dim=1), F.softmax(model(x), dim=1))  # silent: logarithms


def categorical_dqn(x, target):
    probs = F.softmax(nn.Linear(4, 51)(x), dim=-1)
    return F.kl_div(probs.log(), target, reduction="batchmean")  # silent: the logarithm is taken at the call


def knowledge_distillation(student, teacher, y, t=4.0, alpha=0.5):
    divergence = nn.KLDivLoss(reduction="batchmean")
    soft = divergence(F.log_softmax(student / t, dim=1), F.softmax(teacher / t, dim=1))  # silent: logarithms
    return soft * (alpha * t * t) + F.cross_entropy(student, y) * (1 - alpha)
