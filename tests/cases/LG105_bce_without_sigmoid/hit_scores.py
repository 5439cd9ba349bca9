import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn import BCELoss


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 64, 4, 2, 1)
        self.fc = nn.Linear(64, 1)

    def forward(self, x):
        x = F.leaky_relu(self.conv(x), 0.2).mean((2, 3))
        return self.fc(x)


class Binary(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(30, 16)
        self.out = nn.Linear(16, 1)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x):
        x = torch.relu(self.hidden(x))
        return self.out(x)


def summed_scores(x, y):
    return F.binary_cross_entropy(nn.Linear(30, 4)(x).sum(1), y)  # expect: LG105


def unused_sigmoid(x, y):
    model = Binary()
    criterion = nn.BCELoss()
    return criterion(model(x), y)  # expect: LG105


def train_discriminator(loader):
    netd = Discriminator()
    criterion = nn.BCELoss()
    real_label, fake_label = 1.0, 0.0
    for images, _ in loader:
        label = torch.full((images.size(0),), real_label)
        output = netd(images).view(-1)
        error = criterion(output, label)  # expect: LG105
        error.backward()
        label.fill_(fake_label)


def functional_form(x, y):
    head = nn.Linear(10, 1)
    scores = head(x).squeeze(1)
    return F.binary_cross_entropy(scores, y.float())  # expect: LG105


def sequential(x, y):
    net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 1))
    return BCELoss(reduction="sum")(input=net(x), target=y)  # expect: LG105


class Autoencoder(nn.Module):
    """The sigmoid is defined, the tanh is used."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(784, 20)
        self.decoder = nn.Linear(20, 784)
        self.sigmoid = nn.Sigmoid()
        self.tanh = nn.Tanh()

    def forward(self, x):
        code = self.encoder(x)
        return self.tanh(self.decoder(code)), code

    def loss(self, x, reconstruction, code):
        likelihood = F.binary_cross_entropy(reconstruction, x)  # expect: LG105
        return likelihood + code.pow(2).mean()


def train_autoencoder(loader):
    model = Autoencoder()
    for x, _ in loader:
        outputs = model(x)
        model.loss(x, *outputs).backward()


def log_sigmoid(x, y):
    scores = F.logsigmoid(nn.Linear(4, 1)(x))
    return nn.functional.binary_cross_entropy(scores, y)  # expect: LG105


def undone(x, y):
    probs = torch.sigmoid(nn.Linear(4, 1)(x))
    return F.binary_cross_entropy(torch.logit(probs), y)  # expect: LG105


class Module:
    def __init__(self):
        self.model = Discriminator()
        self.criterions = {"adversarial": nn.BCELoss(), "pixel": nn.L1Loss()}

    def step(self, images, valid):
        score = self.model(images)
        return self.criterions["adversarial"](score, valid)  # expect: LG105


def bent_scores(x, y):
    scores = nn.Sequential(nn.Linear(8, 1), nn.LeakyReLU(0.2))(x)
    return F.binary_cross_entropy(F.prelu(scores, torch.ones(1)), y)  # expect: LG105
