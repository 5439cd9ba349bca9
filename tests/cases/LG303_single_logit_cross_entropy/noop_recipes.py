import torch
import torch.nn as nn
import torch.nn.functional as F


def multiple_choice(hidden, labels):
    logits = nn.Linear(8, 1)(hidden)
    reshaped = logits.view(-1, 4)
    return nn.CrossEntropyLoss()(reshaped, labels)  # silent: four choices a row


def as_many_choices_as_given(hidden, labels):
    logits = nn.Linear(8, 1)(hidden)
    return nn.CrossEntropyLoss()(logits.view(-1, hidden.shape[1]), labels)  # silent: one score a choice


def pointer(hidden, y):
    scores = nn.Linear(8, 1)(hidden).squeeze(2)
    return F.cross_entropy(scores, y)  # silent: one score a position


def sequence_classification(hidden, labels, num_labels):
    logits = nn.Linear(8, num_labels)(hidden)
    if num_labels == 1:
        return nn.MSELoss()(logits.squeeze(), labels.squeeze())  # silent: a regression
    return nn.CrossEntropyLoss()(logits.view(-1, num_labels), labels.view(-1))  # silent: more than one label


def momentum_contrast(query, key, queue):
    positive = torch.einsum("nc,nc->n", [query, key]).unsqueeze(-1)
    negative = torch.einsum("nc,ck->nk", [query, queue])
    logits = torch.cat([positive, negative], dim=1) / 0.07
    labels = torch.zeros(logits.shape[0], dtype=torch.long)
    return nn.CrossEntropyLoss()(logits, labels)  # silent: one column is the positive
