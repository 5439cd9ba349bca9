import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn import BCEWithLogitsLoss as BceLogits


def literal_labels(probs):
    labels = torch.tensor([1, 0, 1])
    return nn.BCELoss()(torch.sigmoid(probs), labels)  # expect: LG203


def random_labels(logits):
    y = torch.randint(0, 2, (16, 1))
    return F.binary_cross_entropy_with_logits(logits, y)  # expect: LG203


def cast_to_long(logits, y):
    criterion = BceLogits()
    return criterion(logits, y.long())  # expect: LG203


def one_hot(logits, y):
    return F.binary_cross_entropy_with_logits(target=F.one_hot(y, 10), input=logits)  # expect: LG203


def comparison(scores, quality):
    good = quality > 0.5
    return F.binary_cross_entropy(scores.sigmoid(), good)  # expect: LG203


def bool_mask(logits, mask):
    return F.binary_cross_entropy_with_logits(logits, mask.to(torch.bool))  # expect: LG203


class Segmenter(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Conv2d(3, 1, 3, padding=1)
        self.loss = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([2.0]))

    def step(self, image, mask):
        mask = (mask == 255).to(torch.uint8)
        return self.loss(self.net(image), mask)  # expect: LG203


def real_label(scores):
    real = torch.ones(16, 1, dtype=torch.long)
    return F.binary_cross_entropy(torch.sigmoid(scores), real)  # expect: LG203


def bool_multi_label(scores, y):
    return nn.MultiLabelSoftMarginLoss()(scores, y.bool())  # expect: LG203
