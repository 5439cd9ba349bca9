import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    """The softmax is defined for users, forward does not apply it."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 4)
        self.softmax = nn.Softmax(dim=1)

    def forward(self, x):
        return self.fc(x)


def unused_attribute(x, y):
    return F.cross_entropy(Net()(x), y)  # silent: forward leaves the softmax out


def applied_by_the_caller_for_the_score(x, y):
    net = Net()
    out = net(x)
    confidence = net.softmax(out).max(dim=1).values
    return F.cross_entropy(out, y), confidence  # silent: the softmax gives the confidence


class Accuracy:
    def __init__(self):
        self.right, self.seen = 0, 0

    def update(self, pred, target):
        pred = nn.functional.softmax(pred, dim=1)
        self.right += (pred.argmax(dim=1) == target).sum().item()
        self.seen += target.numel()


def metric_class(loader):
    net, metric, criterion = Net(), Accuracy(), nn.CrossEntropyLoss()
    for x, y in loader:
        out = net(x)
        metric.update(out, y)
        criterion(out, y).backward()  # silent: the metric applies its own softmax


class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 4)

    def scores(self, x):
        return self.fc(x)

    def predict(self, x):
        return F.softmax(self.scores(x), dim=1)

    def loss(self, x, y):
        return F.cross_entropy(self.scores(x), y)  # silent: the loss path has no softmax


def pseudo_labels(x, unlabelled, y):
    net = Net()
    with torch.no_grad():
        probs = torch.softmax(net(unlabelled), dim=1)
        confident, labels = probs.max(dim=1)
        mask = confident > 0.95
    supervised = F.cross_entropy(net(x), y)  # silent: the softmax made pseudo-labels
    unsupervised = F.cross_entropy(net(unlabelled), labels, reduction="none")  # silent: indices from max
    return supervised + (unsupervised * mask).mean()


def policy(states, actions, advantages):
    scores = Net()(states)
    entropy = -(F.softmax(scores, dim=-1) * F.log_softmax(scores, dim=-1)).sum(-1)
    loss = F.cross_entropy(scores, actions, reduction="none")  # silent: the softmax is in the entropy
    return (loss * advantages - 0.01 * entropy).mean()


def sampled(scores, y):
    token = torch.multinomial(F.softmax(scores[:, -1], dim=-1), 1)
    return F.cross_entropy(scores[:, 0], y), token  # silent: the softmax is for sampling


def validation(loader):
    net = Net()
    net.eval()
    total = 0.0
    with torch.no_grad():
        for x, y in loader:
            logits = net(x)
            total += F.cross_entropy(logits, y).item()  # silent: the softmax is for the ranking below
            ranking = logits.softmax(dim=-1).topk(3).indices
            print(ranking)
    return total


def residual_of_a_softmax(x, y):
    hidden = nn.Linear(16, 4)(x)
    return F.cross_entropy(hidden + F.softmax(hidden, dim=1), y)  # silent: unbounded sum


def scaled(scores, y):
    return F.cross_entropy(torch.softmax(scores, dim=1) * 20.0, y)  # silent: a scale follows


def logarithm(scores, y):
    probs = F.softmax(scores, dim=1)
    return F.nll_loss(probs.clamp(min=1e-7).log(), y)  # silent: another loss, and the logarithm
