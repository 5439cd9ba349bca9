import math
import random

import torch
import torch.nn as nn
import torch.nn.functional as F


class ArcFace(nn.Module):
    def __init__(self, features, classes, scale=30.0, margin=0.5):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(classes, features))
        self.scale, self.margin = scale, margin

    def forward(self, x, label):
        cosine = F.linear(F.normalize(x), F.normalize(self.weight))
        sine = torch.sqrt((1.0 - torch.pow(cosine, 2)).clamp(0, 1))
        phi = cosine * math.cos(self.margin) - sine * math.sin(self.margin)
        one_hot = torch.zeros(cosine.size())
        one_hot.scatter_(1, label.view(-1, 1).long(), 1)
        output = (one_hot * phi) + ((1.0 - one_hot) * cosine)
        output *= self.scale
        return output


def face_recognition(x, y):
    return nn.CrossEntropyLoss()(ArcFace(8, 4)(x, y), y)  # silent: scaled cosines


def contrastive(images, texts):
    logits = F.normalize(images) @ F.normalize(texts).T / 0.07
    labels = torch.arange(len(images))
    rows = F.cross_entropy(logits, labels)  # silent: scaled similarities
    columns = F.cross_entropy(logits.T, labels)  # silent: scaled similarities
    return (rows + columns) / 2


class LanguageModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.transformer = nn.ModuleDict(
            {"wte": nn.Embedding(100, 8), "blocks": nn.ModuleList([nn.Linear(8, 8) for _ in range(4)])}
        )
        self.lm_head = nn.Linear(8, 100, bias=False)

    def forward(self, idx, targets=None):
        x = self.transformer.wte(idx)
        for block in self.transformer.blocks:
            x = x + F.softmax(block(x), dim=-1)
        if targets is None:
            return self.lm_head(x[:, [-1], :]), None
        logits = self.lm_head(x)
        loss = F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1), ignore_index=-1)  # silent: scores
        return logits, loss

    @torch.no_grad()
    def generate(self, idx):
        logits, _ = self(idx)
        probs = F.softmax(logits[:, -1, :], dim=-1)
        return torch.multinomial(probs, num_samples=1)


def attention_pooling(x, y):
    weights = torch.softmax(nn.Linear(8, 1)(x), dim=1)
    return F.cross_entropy(nn.Linear(8, 5)((weights * x).sum(1)), y)  # silent: a linear head follows


def discrete_latents(x, y):
    code = F.gumbel_softmax(nn.Linear(4, 8)(x), hard=True)
    return F.cross_entropy(nn.Linear(8, 3)(code), y)  # silent: a linear head follows


def mixup_criterion(criterion, pred, first, second, lam):
    return lam * criterion(pred, first) + (1 - lam) * criterion(pred, second)  # silent: scores


def mixup(x, y):
    net = nn.Linear(4, 3)
    return mixup_criterion(nn.CrossEntropyLoss(), net(x), y, y.flip(0), random.random())


def learned_class_weights(x, y):
    weight = torch.softmax(torch.randn(3), 0)
    return nn.CrossEntropyLoss(weight=weight)(nn.Linear(4, 3)(x), y)  # silent: the weights are a softmax
