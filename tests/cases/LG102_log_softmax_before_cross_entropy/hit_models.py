import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn import functional as nnf


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 32, 3)
        self.fc = nn.Linear(32 * 26 * 26, 10)

    def forward(self, x):
        x = F.relu(self.conv(x))
        x = torch.flatten(x, 1)
        return F.log_softmax(self.fc(x), dim=1)


class WithModule(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(32, 10)
        self.log_softmax = nn.LogSoftmax(dim=-1)

    def forward(self, x):
        return self.log_softmax(self.fc(x))


class Wrapper(nn.Module):
    """Puts the first element of the inner model's result into a dict."""

    def __init__(self):
        super().__init__()
        self.model = PointNet()

    def forward(self, points):
        logit, transform = self.model(points)
        return {"logit": logit, "transform": transform}


class PointNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 40)

    def forward(self, points):
        return F.log_softmax(self.fc(points), dim=1), points


def train(model, device, loader, optimizer, criterion):
    model.train()
    for data, target in loader:
        data, target = data.to(device), target.to(device)
        optimizer.zero_grad()
        output = model(data)
        loss = criterion(output, target)  # expect: LG102
        loss.backward()
        optimizer.step()


def main(loader):
    model = Net()
    train(model, "cpu", loader, torch.optim.SGD(model.parameters(), lr=0.01), nn.CrossEntropyLoss())


def module_style(x, y):
    return nn.CrossEntropyLoss()(WithModule()(x), y)  # expect: LG102


def dict_of_a_wrapper(points, label):
    out = Wrapper()(points)
    return F.cross_entropy(out["logit"], label)  # expect: LG102


def method_style(x, y):
    h = nn.Linear(4, 3)(x)
    return nnf.cross_entropy(h.log_softmax(dim=-1), y)  # expect: LG102


def logarithm_of_softmax(scores, y):
    log_probs = torch.log(torch.softmax(scores, dim=1))
    return F.cross_entropy(input=log_probs, target=y)  # expect: LG102


def selected_rows(scores, y, mask):
    log_probs = torch.log_softmax(scores, 1)
    return F.cross_entropy(log_probs[mask], y[mask])  # expect: LG102


def sequential(x, y):
    net = nn.Sequential(nn.Linear(4, 3), nn.LogSoftmax(dim=1)).to("cpu")
    criterion = nn.CrossEntropyLoss(reduction="sum")
    return criterion(net(x), y)  # expect: LG102
