import torch
import torch.nn as nn
import torch.nn.functional as F


class FeedForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 100)
        self.sigmoid = nn.Sigmoid()
        self.fc2 = nn.Linear(100, 10)

    def forward(self, x):
        out = self.fc1(x)
        out = self.sigmoid(out)
        out = self.fc2(out)
        return out


def hidden_activation(x, y):
    return nn.CrossEntropyLoss()(FeedForward()(x), y)  # silent: the sigmoid is hidden


def hidden_in_sequential(x, y):
    net = nn.Sequential()
    net.add_module("fc1", nn.Linear(4, 8))
    net.add_module("sigmoid", nn.Sigmoid())
    net.add_module("fc2", nn.Linear(8, 3))
    return F.cross_entropy(net.forward(x), y)  # silent: the last module is linear


class Gru(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = nn.Linear(8, 8)
        self.candidate = nn.Linear(8, 8)
        self.out = nn.Linear(8, 3)

    def forward(self, x):
        gate = torch.sigmoid(self.gate(x))
        state = gate * torch.tanh(self.candidate(x)) + (1 - gate) * x
        return self.out(state)


def gates(x, y):
    return F.cross_entropy(Gru()(x), y)  # silent: the gates are hidden


def clipped_logits(scores, y):
    return F.cross_entropy(10.0 * torch.tanh(scores / 10.0), y)  # silent: deliberate clipping of logits


def scaled_by_a_parameter(scores, y):
    scale = nn.Parameter(torch.tensor(16.0))
    return F.cross_entropy(torch.tanh(scores) * scale, y)  # silent: a temperature follows


def cosine_classifier(features, weights, y):
    cosine = F.linear(F.normalize(features), F.normalize(weights))
    return F.cross_entropy(cosine * 30.0, y)  # silent: a scaled cosine


def two_heads(x, real, labels):
    shared = nn.Linear(8, 8)(x)
    validity = torch.sigmoid(nn.Linear(8, 1)(shared))
    scores = nn.Linear(8, 3)(shared)
    adversarial = F.binary_cross_entropy(validity, real)  # silent: the sigmoid head into BCE
    return adversarial + F.cross_entropy(scores, labels)  # silent: the raw head into cross-entropy


def confidence(scores, y):
    confident = scores.sigmoid().max(dim=1).values > 0.5
    return F.cross_entropy(scores[confident], y[confident])  # silent: the sigmoid only selects rows


def undone(scores, y):
    probs = torch.sigmoid(scores)
    return F.cross_entropy(torch.logit(probs), y)  # silent: the sigmoid is undone


def relu_output(scores, y):
    return F.cross_entropy(F.relu(scores), y)  # silent: unbounded above
