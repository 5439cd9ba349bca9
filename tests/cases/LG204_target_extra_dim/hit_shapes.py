import torch
import torch.nn as nn
import torch.nn.functional as F


def column(x):
    logits = nn.Sequential(nn.Flatten(), nn.Linear(8, 3))(x)
    labels = torch.tensor([[2], [0], [1]])
    return nn.CrossEntropyLoss()(logits, labels)  # expect: LG204


def random_column(logits):
    labels = torch.randint(0, 10, (32, 1))
    return F.cross_entropy(logits, labels)  # expect: LG204


def unsqueezed():
    logits = torch.randn(32, 10, requires_grad=True)
    labels = torch.randint(0, 10, (32,)).unsqueeze(1)
    return F.cross_entropy(logits, labels)  # expect: LG204


def viewed(logits, y):
    labels = y.long().view(-1, 1)
    return F.cross_entropy(input=logits, target=labels)  # expect: LG204


def mask_with_channel(x):
    scores = nn.Conv2d(3, 21, 1)(x)
    mask = torch.randint(0, 21, (4, 1, 64, 64))
    return F.cross_entropy(scores, mask)  # expect: LG204


def nll():
    log_probs = torch.randn(32, 10).log_softmax(dim=1)
    labels = torch.zeros(32, 1, dtype=torch.long)
    criterion = nn.NLLLoss()
    return criterion(log_probs, labels)  # expect: LG204


def kept_dimension(logits, soft):
    labels = soft.view(32, 10).argmax(dim=1, keepdim=True)
    return F.cross_entropy(logits, labels)  # expect: LG204


def margin(scores):
    labels = torch.randint(0, 10, (32, 1))
    return nn.MultiMarginLoss()(scores, target=labels)  # expect: LG204
