import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision import datasets, transforms


class Net(nn.Module):
    def __init__(self, outputs=10):
        super().__init__()
        self.fc = nn.Linear(784, outputs)

    def forward(self, x):
        return self.fc(x.flatten(1))


def indices_first(x):
    labels = torch.tensor([2, 0, 1])
    logits = Net()(x)
    return nn.CrossEntropyLoss()(labels, logits)  # expect: LG301


def binary_first(x):
    net = nn.Sequential(nn.Linear(4, 1), nn.Sigmoid())
    labels = torch.tensor([[1.0], [0.0], [1.0]])
    return F.binary_cross_entropy(labels, net(x))  # expect: LG301


def ones_first(x):
    score = Net(1)(x)
    real = torch.ones(32, 1)
    return F.binary_cross_entropy_with_logits(real, score)  # expect: LG301


def wrong_keywords(x):
    labels = torch.randint(0, 10, (32,))
    output = Net()(x)
    return F.cross_entropy(input=labels, target=output)  # expect: LG301


def nll(x, y):
    log_probs = F.log_softmax(Net()(x), dim=1)
    return F.nll_loss(y.long(), log_probs)  # expect: LG301


def reconstruction(x):
    decoder = nn.Sequential(nn.Linear(20, 784), nn.Sigmoid())
    image = torch.tensor([[0.0, 1.0]] * 392).view(1, 784)
    return F.binary_cross_entropy(image, decoder(x))  # expect: LG301


def divergence(x, teacher):
    student = F.log_softmax(Net()(x), dim=1)
    target = F.softmax(teacher, dim=1)
    return F.kl_div(target, student, reduction="batchmean")  # expect: LG301


class Trainer:
    def __init__(self):
        self.model = Net()
        self.criterion = nn.CrossEntropyLoss()

    def fit(self, images, hot):
        labels = hot.argmax(dim=1)
        predictions = self.model(images)
        return self.criterion(labels, predictions)  # expect: LG301


def data_set():
    data = datasets.MNIST("data", train=True, transform=transforms.ToTensor())
    model, criterion = Net(), nn.CrossEntropyLoss()
    for images, labels in DataLoader(data, batch_size=64):
        criterion(model(images), labels.long()).backward()  # silent: the right order
