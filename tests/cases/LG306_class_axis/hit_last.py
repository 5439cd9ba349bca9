import torch
import torch.nn.functional as F
from torch import nn


class Tagger(nn.Module):
    def __init__(self, tags=9):
        super().__init__()
        self.embedding = nn.Embedding(1000, 64)
        self.lstm = nn.LSTM(64, 32, batch_first=True, bidirectional=True)
        self.out = nn.Linear(64, tags)

    def forward(self, tokens):
        states, _ = self.lstm(self.embedding(tokens.view(-1, 20)))
        return self.out(states)


def train(tokens, tags):
    model, criterion = Tagger(), nn.CrossEntropyLoss()
    return criterion(model(tokens), tags)  # expect: LG306


def unknown_number(tokens, tags, config):
    return F.cross_entropy(Tagger(config.tags)(tokens), tags.long())  # expect: LG306


def normalised(tokens, tags):
    return F.nll_loss(F.log_softmax(Tagger()(tokens), dim=-1), tags)  # expect: LG306


def normalised_of_unknown_rank(scores, tags):
    return nn.NLLLoss()(scores.log_softmax(dim=2), tags)  # expect: LG306


def pixels(images, labels):
    features = nn.Conv2d(3, 64, 3)(images).permute(0, 2, 3, 1)
    return F.cross_entropy(input=nn.Linear(64, 5)(features), target=labels)  # expect: LG306


def transposed_twice(tokens, tags):
    scores = Tagger()(tokens).transpose(1, 2).transpose(2, 1)
    return F.cross_entropy(scores, tags)  # expect: LG306


def told_by_shapes():
    scores, tags = torch.randn(4, 7, 5), torch.randint(0, 5, (4, 7))
    return F.cross_entropy(scores, tags)  # expect: LG306


def channels_last_masks(images, labels):
    masks = F.one_hot(labels.view(-1, 8, 8), 5).float()
    return F.cross_entropy(nn.Conv2d(3, 5, 1)(images), masks)  # expect: LG306
