import torch
import torch.nn as nn
import torch.nn.functional as F


def first_is_better(better, worse):
    return nn.MarginRankingLoss()(better, worse, torch.ones(8))  # silent: +1 for every pair


def ones_like(better, worse):
    return F.margin_ranking_loss(better, worse, torch.ones_like(better), margin=0.5)  # silent: +1


def every_pair_matches(a, b):
    return F.cosine_embedding_loss(a, b, torch.ones(a.size(0)).to(a.device))  # silent: +1


def no_pair_matches(a, b):
    return nn.CosineEmbeddingLoss()(a, b, -torch.ones(8))  # silent: -1


def negated(a, b):
    return nn.CosineEmbeddingLoss()(a, b, -1 * torch.ones(8))  # silent: -1


def filled(a, b):
    target = torch.zeros(8)
    target.fill_(-1)
    return nn.CosineEmbeddingLoss()(a, b, target)  # silent: every zero is overwritten


def overwritten(a, b, y):
    target = torch.zeros(8)
    target.copy_(y)
    return nn.CosineEmbeddingLoss()(a, b, target)  # silent: overwritten with what nobody knows


def both(a, b):
    target = torch.cat([torch.ones(8), -torch.ones(8)])
    return nn.CosineEmbeddingLoss()(a, b, target)  # silent: +1 and -1


def converted(a, b, labels_a, labels_b):
    same = (labels_a == labels_b).float()
    return F.cosine_embedding_loss(a, b, 2 * same - 1)  # silent: -1 and +1


def converted_the_other_way(a, b, labels_a, labels_b):
    target = torch.where(labels_a == labels_b, 1.0, -1.0)
    return F.cosine_embedding_loss(a, b, target)  # silent: -1 and +1


def marked(a, b, different):
    target = torch.ones(8)
    target[different] = -1
    return F.cosine_embedding_loss(a, b, target)  # silent: -1 where different


def zeros_and_then_signs(a, b, same):
    target = torch.zeros(8)
    target[same] = 1
    target[~same] = -1
    return F.cosine_embedding_loss(a, b, target)  # silent: -1 where different


def order(first, second, ranks_a, ranks_b):
    return F.margin_ranking_loss(first, second, torch.sign(ranks_a - ranks_b))  # silent: the sign


def from_the_data(scores, target):
    return F.soft_margin_loss(scores, target)  # silent: nobody knows the labels


def drawn_and_shifted(scores):
    return F.soft_margin_loss(scores, torch.randint(0, 2, (8,)) * 2 - 1)  # silent: -1 and +1


def drawn_from_three(scores):
    return F.soft_margin_loss(scores, torch.randint(-1, 2, (8,)))  # silent: -1, 0 and 1


def binary_losses(scores, tags):
    return F.binary_cross_entropy_with_logits(scores, (tags > 0).float())  # silent: takes 0 and 1


def multi_hot(scores, tags):
    return F.multilabel_soft_margin_loss(scores, (tags > 0).float())  # silent: takes 0 and 1


def padded(scores):
    target = torch.tensor([[3, 0, -1, 1]])
    return F.multilabel_margin_loss(scores, target)  # silent: class indices, padded


def both_of_two_classes(labels):
    scores = nn.Linear(16, 2)(torch.randn(8, 16))
    target = (labels > 0).long()
    return F.multilabel_margin_loss(scores, target)  # silent: with two classes, a list of them looks like this


def one_of_two(a, b, same, signed):
    target = (same > 0).float()
    if signed:
        target = target * 2 - 1
    return F.cosine_embedding_loss(a, b, target)  # silent: one of two ways is right
