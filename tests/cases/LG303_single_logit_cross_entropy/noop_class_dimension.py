import torch
import torch.nn as nn
import torch.nn.functional as F


class Classifier(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(784, classes)

    def forward(self, x):
        return self.fc(self.flatten(x))


def two_classes(x, y):
    return F.cross_entropy(Classifier(2)(x), y)  # silent: two classes


def unknown_classes(x, y, classes):
    return F.cross_entropy(Classifier(classes)(x), y)  # silent: the number of classes is unknown


def one_logit_with_bce(x, y):
    scores = Classifier(1)(x)
    return F.binary_cross_entropy_with_logits(scores.squeeze(1), y.float())  # silent: the loss for one logit


def one_output_with_mse(x, y):
    return F.mse_loss(Classifier(1)(x), y)  # silent: a regression


def two_columns_from_one_logit(x, y):
    score = Classifier(1)(x)
    return F.cross_entropy(torch.cat([-score, score], dim=1), y)  # silent: two columns


def stacked(x, y):
    heads = [Classifier(1)(x) for _ in range(3)]
    return F.cross_entropy(torch.cat(heads, dim=1), y)  # silent: one column a head


def choices(x, y):
    batch, choices = x.shape[:2]
    scores = nn.Linear(784, 1)(x.view(batch * choices, 784))
    return F.cross_entropy(scores.view(batch, choices), y)  # silent: one score a choice, reshaped


def span(x, start):
    scores = nn.Linear(768, 1)(x)
    return F.cross_entropy(scores.squeeze(-1), start)  # silent: a score for each position


def transposed(x, y):
    scores = nn.Linear(768, 1)(x.view(8, 20, 768)).transpose(1, 2)
    return F.cross_entropy(scores[:, 0], y)  # silent: a score for each position


def batch_of_one(x, y):
    scores = nn.Linear(784, 10)(x.view(1, 784))
    return F.cross_entropy(scores, y)  # silent: one sample, ten classes


def contrastive(queries, keys):
    similarity = queries @ keys.t() / 0.07
    return F.cross_entropy(similarity, torch.arange(queries.size(0)))  # silent: a class for each key


def positive_and_negatives(query, positive, negatives):
    first = (query * positive).sum(dim=1, keepdim=True)
    rest = query @ negatives.t()
    scores = torch.cat([first, rest], dim=1)
    return F.cross_entropy(scores, torch.zeros(scores.size(0), dtype=torch.long))  # silent: many classes


def sequences(x, y):
    scores = nn.Linear(64, 1)(x.view(8, 20, 64))
    return F.cross_entropy(scores, y)  # silent: (N, C, 1), twenty classes


def a_mask_of_other_sizes():
    scores, labels = torch.randn(128, 10), torch.ones(0, 128).long()
    known = labels >= 0
    if known.any():
        return F.cross_entropy(scores[known], labels[known])  # silent: no mask of these scores
