import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import nn as N
from torch.nn import CosineEmbeddingLoss
from torch.nn.functional import soft_margin_loss as soft_margin


def pairs_of_labels(a, b, labels_a, labels_b):
    same = (labels_a == labels_b).float()
    return F.cosine_embedding_loss(a, b, same)  # expect: LG206


def drawn(a, b):
    criterion = CosineEmbeddingLoss(margin=0.2)
    return criterion(a, b, torch.randint(0, 2, (8,)).float())  # expect: LG206


def drawn_below(scores):
    target = torch.randint(2, (8,))
    return soft_margin(scores, target)  # expect: LG206


def zeros_for_negatives(a, b):
    return nn.CosineEmbeddingLoss()(a, b, torch.zeros(a.size(0)))  # expect: LG206


def thresholded(scores, clicks):
    target = clicks.gt(0).float() if False else (clicks > 0).to(torch.float32)
    return F.hinge_embedding_loss(scores, target)  # expect: LG206


def coins(first, second):
    order = torch.bernoulli(torch.full((8,), 0.5))
    return nn.MarginRankingLoss(margin=1.0)(first, second, order)  # expect: LG206


def positives_and_negatives(positive, negative, left, right):
    target = torch.cat([torch.ones(8), torch.zeros(8)])
    return F.margin_ranking_loss(left, right, target=target)  # expect: LG206


def chosen(scores, wanted):
    target = torch.where(wanted > 0, 1.0, 0.0)
    return nn.SoftMarginLoss()(scores, target)  # expect: LG206


def marked(scores, members):
    target = torch.zeros(8)
    target[members] = 1
    return F.soft_margin_loss(scores, target)  # expect: LG206


class Siamese(N.Module):
    def __init__(self):
        super().__init__()
        self.encoder = N.Linear(64, 16)
        self.criterion = N.HingeEmbeddingLoss()

    def training_step(self, batch):
        (a, b), (ya, yb) = batch
        distance = F.pairwise_distance(self.encoder(a), self.encoder(b))
        return self.criterion(distance, (ya == yb).int())  # expect: LG206


def multi_hot(scores, tags):
    target = (tags > 0).long()
    return nn.MultiLabelMarginLoss()(scores, target)  # expect: LG206


def one_hot(scores, labels):
    target = F.one_hot(labels, 10)
    return F.multilabel_margin_loss(scores, target)  # expect: LG206
