import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.Linear(16, 16)
        self.fc = nn.Linear(16, 4)

    def forward(self, x):
        weights = F.softmax(self.attention(x), dim=1)
        return F.log_softmax(self.fc(weights * x), dim=1)


def right_pair(x, y):
    return nn.NLLLoss()(Net()(x), y)  # silent: forward ends in log_softmax


def log_of_softmax(scores, y):
    probs = torch.softmax(scores, dim=1)
    return F.nll_loss(torch.log(probs), y)  # silent: the logarithm of probabilities


def log_with_epsilon(scores, y):
    probs = torch.softmax(scores, dim=1)
    return F.nll_loss((probs + 1e-8).log(), y)  # silent: the logarithm of probabilities, kept from zero


def mixture(first, second, y, weight=0.3):
    probs = weight * F.softmax(first, dim=1) + (1 - weight) * F.softmax(second, dim=1)
    return F.nll_loss(torch.log(probs), y)  # silent: the logarithm of a mixture


def ensemble(models, x, y):
    probs = torch.stack([model(x).softmax(dim=-1) for model in models]).mean(dim=0)
    return F.nll_loss(probs.log(), y)  # silent: the logarithm of averaged probabilities


def shift_log(x, offset=1e-6):
    return torch.log(torch.clamp(x + offset, max=1.0))


def complement(scores, y):
    return -F.nll_loss(shift_log(1.0 - F.softmax(scores, dim=1)), y)  # silent: the logarithm is in a function


def normalized(x, y):
    scores = nn.Linear(16, 4)(x)
    log_probs = scores - torch.logsumexp(scores, dim=1, keepdim=True)
    return F.nll_loss(log_probs, y)  # silent: log_softmax written out


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(32, 100)

    def forward(self, hidden):
        return F.log_softmax(self.fc(hidden), dim=1)


def sequence(hidden, target, steps=12):
    decoder = Decoder()
    outputs = torch.zeros(steps, hidden.size(0), 100)
    for step in range(1, steps):
        outputs[step] = decoder(hidden)
    return F.nll_loss(outputs[1:].view(-1, 100), target[1:].contiguous().view(-1))  # silent: filled with log_softmax


def normalized_probs(model, x, log_probs):
    scores = model(x)
    if log_probs:
        return F.log_softmax(scores, dim=-1)
    return F.softmax(scores, dim=-1)


def flag_of_a_function(model, x, y):
    return F.nll_loss(normalized_probs(model, x, log_probs=True), y)  # silent: the flag asks for logarithms


def hierarchical(hidden, y):
    head = nn.LogSoftmax(dim=1)(nn.Linear(8, 3)(hidden))
    tail = nn.LogSoftmax(dim=1)(nn.Linear(8, 4)(hidden))
    return F.nll_loss(torch.cat([head[:, :2], head[:, 2:] + tail], dim=1), y)  # silent: sums of logarithms


def unknown_model(model, x, y):
    return F.nll_loss(model(x), y)  # silent: nothing is known of the model


def test_set(loader):
    net = nn.Sequential(nn.Linear(4, 3), nn.LogSoftmax(dim=1))
    net.eval()
    with torch.no_grad():
        return sum(F.nll_loss(net(x), y, reduction="sum").item() for x, y in loader)  # silent: ends in LogSoftmax
