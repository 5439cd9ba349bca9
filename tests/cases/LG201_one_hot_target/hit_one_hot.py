import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.functional import one_hot


def tutorial(logits):
    labels = torch.tensor([2, 0, 1])
    target = F.one_hot(labels, num_classes=3)
    criterion = nn.CrossEntropyLoss()
    return criterion(logits, target)  # expect: LG201


def at_the_call(logits, labels):
    return F.cross_entropy(logits, F.one_hot(labels, 10))  # expect: LG201


def from_import(logits, labels):
    return nn.functional.cross_entropy(target=one_hot(labels), input=logits)  # expect: LG201


def cast_to_long(logits, labels):
    target = F.one_hot(labels, 10).float().long()
    return F.cross_entropy(logits, target)  # expect: LG201


def moved(logits, labels, device):
    target = F.one_hot(labels, 10).to(device)
    loss_fn = nn.CrossEntropyLoss(label_smoothing=0.1)
    return loss_fn(logits, target)  # expect: LG201


def nll(scores, labels):
    log_probs = F.log_softmax(scores, dim=1)
    return F.nll_loss(log_probs, F.one_hot(labels, 10))  # expect: LG201


def nll_with_floats(scores, labels):
    log_probs = F.log_softmax(scores, dim=1)
    target = F.one_hot(labels, 10).float()
    return nn.NLLLoss()(log_probs, target)  # expect: LG201


def margin(scores, labels):
    criterion = nn.MultiMarginLoss()
    return criterion(scores, F.one_hot(labels, 10))  # expect: LG201


class Segmentation(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.classes = classes
        self.head = nn.Conv2d(64, classes, 1)
        self.criterion = nn.CrossEntropyLoss()

    def encode(self, mask):
        return F.one_hot(mask, self.classes).permute(0, 3, 1, 2)

    def training_step(self, batch, _):
        x, mask = batch
        return self.criterion(self.head(x), self.encode(mask))  # expect: LG201
