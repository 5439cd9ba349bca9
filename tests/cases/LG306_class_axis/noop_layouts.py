import torch
import torch.nn.functional as F
from torch import nn


class Tagger(nn.Module):
    def __init__(self, tags=9):
        super().__init__()
        self.embedding = nn.Embedding(1000, 64)
        self.out = nn.Linear(64, tags)

    def forward(self, tokens):
        return self.out(self.embedding(tokens.view(-1, 20)))


def rows(tokens, tags):
    return F.cross_entropy(Tagger()(tokens).view(-1, 9), tags.view(-1))  # silent: (N * T, C)


def transposed(tokens, tags):
    return F.cross_entropy(Tagger()(tokens).transpose(1, 2), tags)  # silent: (N, C, T)


def permuted(tokens, tags):
    return F.cross_entropy(Tagger()(tokens).permute(0, 2, 1), tags)  # silent: (N, C, T)


def flattened(tokens, tags):
    return F.cross_entropy(Tagger()(tokens).flatten(0, 1), tags.flatten())  # silent: (N * T, C)


def last_step(tokens, label):
    return F.cross_entropy(Tagger()(tokens)[:, -1], label)  # silent: (N, C)


def pooled(tokens, label):
    return F.cross_entropy(Tagger()(tokens).mean(dim=1), label)  # silent: (N, C)


def picked(tokens, tags, mask):
    scores = Tagger()(tokens)
    return F.cross_entropy(scores[tags > 0], tags[tags > 0])  # silent: the rows of a mask


def moved_back(tokens, tags):
    log_probs = F.log_softmax(Tagger()(tokens), dim=-1)
    return F.nll_loss(log_probs.movedim(-1, 1), tags)  # silent: (N, C, T)


def convolution(x, tags):
    return F.cross_entropy(nn.Conv1d(64, 9, 1)(x), tags)  # silent: (N, C, T)


def masks(images, labels):
    return F.cross_entropy(nn.Conv2d(3, 5, 1)(images), labels)  # silent: (N, C, H, W)


def one_hot_masks(images, labels):
    wanted = F.one_hot(labels.view(-1, 8, 8), 5).permute(0, 3, 1, 2).float()
    return F.cross_entropy(nn.Conv2d(3, 5, 1)(images), wanted)  # silent: classes brought to dimension 1


def choices(options, answer):
    scores = nn.Linear(64, 1)(options.view(-1, 4, 64))
    return F.cross_entropy(scores, answer.view(-1, 1))  # silent: one score a choice, the choices compete


def spans(tokens, start):
    scores = Tagger(2)(tokens)
    starts, ends = scores.split(1, dim=-1)
    return F.cross_entropy(starts.squeeze(-1), start)  # silent: the positions compete


def square(labels):
    return F.cross_entropy(torch.randn(4, 5, 5), labels.view(4, 5))  # silent: sizes agree either way


def right_by_shapes():
    return F.cross_entropy(torch.randn(4, 5, 7), torch.randint(0, 5, (4, 7)))  # silent: (N, C, T)


def unknown_rank(x, tags):
    return F.cross_entropy(nn.Linear(64, 9)(x), tags)  # silent: (N, C) is not ruled out


def soft_targets(tokens, wanted):
    return F.cross_entropy(Tagger()(tokens), wanted.float())  # silent: not known what the author lays out how
