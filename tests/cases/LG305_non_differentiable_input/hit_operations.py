"""Operations without a gradient between the model and the loss that is trained on."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.autograd import Variable

net = nn.Sequential(nn.Flatten(), nn.Linear(20, 8), nn.ReLU(), nn.Linear(8, 3))
gate = nn.Sequential(nn.Linear(20, 1), nn.Sigmoid())
optimizer = torch.optim.SGD([*net.parameters(), *gate.parameters()], lr=0.1)


def argmax(loader):
    for x, y in loader:
        predicted = net(x).argmax(dim=1).float()
        loss = F.mse_loss(predicted, y.float())  # expect: LG305
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def indices_of_max(loader):
    criterion = nn.L1Loss()
    for x, y in loader:
        _, predicted = torch.max(net(x), 1)
        loss = criterion(predicted.float(), y)  # expect: LG305
        loss.requires_grad = True
        loss.backward()


def comparison(loader):
    criterion = nn.BCELoss()
    for x, y in loader:
        predicted = (gate(x) > 0.5).float()
        loss = criterion(predicted, y)  # expect: LG305
        (loss / 4).backward()


def greater(loader):
    for x, y in loader:
        predicted = gate(x).gt(0.5).float().requires_grad_()
        loss = F.binary_cross_entropy(input=predicted, target=y)  # expect: LG305
        loss.backward()


def rounded(loader, scaler):
    criterion = nn.BCELoss()
    for x, y in loader:
        predicted = torch.round(gate(x))
        loss = criterion(predicted, y)  # expect: LG305
        scaler.scale(loss).backward()


def cast_to_integers(loader, accelerator):
    for x, y in loader:
        classes = net(x).long()
        loss = F.l1_loss(classes.double(), y)  # expect: LG305
        accelerator.backward(loss)


def one_of_two_terms(loader):
    for x, y in loader:
        scores = net(x)
        soft = F.cross_entropy(scores, y)  # silent: the scores are attached
        hard = F.mse_loss(scores.argmax(1).float(), y.float())  # expect: LG305
        (soft + 0.1 * hard).backward()


def one_hot(loader):
    for x, y in loader:
        scores = net(x)
        predicted = F.one_hot(scores.argmax(-1), 3).float()
        total = F.mse_loss(predicted, y)  # expect: LG305
        total.mean().backward()


def variable(loader):
    for x, y in loader:
        predicted = Variable(net(x).max(1)[1].float(), requires_grad=True)
        loss = nn.SmoothL1Loss()(predicted, y)  # expect: LG305
        loss.backward()


def list_of_numbers(loader):
    for x, y in loader:
        score = gate(x).sum().item()
        loss = F.mse_loss(torch.tensor([score]), y)  # expect: LG305
        loss.backward()


def through_numpy(loader):
    for x, y in loader:
        out = net(x).detach().cpu().numpy()
        loss = F.cross_entropy(torch.from_numpy(out), y)  # expect: LG305
        loss.backward()


def detached(loader):
    for x, y in loader:
        out = net(x).detach()
        loss = F.cross_entropy(out, y)  # expect: LG305
        loss.backward()


def data(loader):
    losses = []
    for x, y in loader:
        losses.append(F.nll_loss(F.log_softmax(net(x).data, dim=1), y))  # expect: LG305
    torch.stack(losses).sum().backward()
