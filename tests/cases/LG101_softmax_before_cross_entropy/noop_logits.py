import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(16, 32)
        self.fc2 = nn.Linear(32, 4)

    def forward(self, x):
        return self.fc2(torch.sigmoid(self.fc1(x)))


def raw_predictions():
    predictions = torch.tensor([[1.2, -0.3, 3.1], [0.1, 2.2, -1.0], [0.5, 0.4, 0.3]])
    labels = torch.tensor([2, 0, 1])
    criterion = nn.CrossEntropyLoss()
    return criterion(predictions, labels)  # silent: raw predictions, class indices


def hidden_sigmoid(x, y):
    return F.cross_entropy(Net()(x), y)  # silent: the sigmoid is a hidden activation


def softmax_for_the_metric(x, y):
    out = Net()(x)
    accuracy = (F.softmax(out, dim=1).argmax(dim=1) == y).float().mean()
    return F.cross_entropy(out, y), accuracy  # silent: the softmax is for the accuracy


def softmax_under_another_name(x, y):
    logits = Net()(x)
    probs = logits.softmax(dim=-1)
    loss = F.cross_entropy(logits, y)  # silent: the logits keep their name
    return loss, probs


def softmax_afterwards(loader, net):
    criterion = nn.CrossEntropyLoss()
    for x, y in loader:
        out = net(x)
        loss = criterion(out, y)  # silent: the softmax comes after the loss, and out is bound anew
        out = torch.softmax(out, dim=1)
        print(loss.item(), out.max().item())


def rebound(x, y, net):
    out = net(x).softmax(1)
    print(out)
    out = net(x)
    return F.cross_entropy(out, y)  # silent: rebound to the logits


def softmax_then_affine(x, y):
    gate = nn.Softmax(dim=1)
    head = nn.Linear(16, 4)
    return F.cross_entropy(head(gate(x)), y)  # silent: an affine layer follows


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.query = nn.Linear(16, 16)
        self.key = nn.Linear(16, 16)
        self.value = nn.Linear(16, 16)
        self.out = nn.Linear(16, 4)

    def weights(self, x):
        scores = self.query(x) @ self.key(x).transpose(-2, -1)
        return F.softmax(scores / 4.0, dim=-1)

    def forward(self, x):
        context = self.weights(x) @ self.value(x)
        return self.out(context.mean(dim=1))


def attention_inside(x, y):
    return nn.CrossEntropyLoss()(Attention()(x), y)  # silent: attention weights


class Mixture(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = nn.Linear(16, 3)
        self.experts = nn.ModuleList([nn.Linear(16, 4) for _ in range(3)])

    def forward(self, x):
        gates = self.gate(x).softmax(dim=-1)
        outputs = torch.stack([expert(x) for expert in self.experts], dim=1)
        return (gates.unsqueeze(-1) * outputs).sum(dim=1)


def gated_experts(x, y):
    return F.cross_entropy(Mixture()(x), y)  # silent: a weighted sum of unbounded scores


def log_of_softmax_into_nll(scores, y):
    return F.nll_loss(torch.log(F.softmax(scores, dim=1)), y)  # silent: log-probabilities into NLL


def soft_labels(scores, teacher):
    with torch.no_grad():
        target = F.softmax(teacher, dim=1)
    return F.cross_entropy(scores, target)  # silent: probabilities are the target


def distance_of_distributions(scores, target):
    return F.mse_loss(F.softmax(scores, dim=1), target)  # silent: another loss
