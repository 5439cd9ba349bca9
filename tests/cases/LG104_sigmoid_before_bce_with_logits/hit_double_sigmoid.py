import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn import BCEWithLogitsLoss, functional


class ExistHead(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(128, 4)

    def forward(self, x):
        return {"exist": torch.sigmoid(self.fc(x))}


class LaneNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.exist = ExistHead()
        self.segment = nn.Conv2d(128, 5, 1)
        self.criterion_exist = nn.BCEWithLogitsLoss()

    def forward(self, features):
        output = {"seg": self.segment(features)}
        output.update(self.exist(features.mean((2, 3))))
        return output

    def loss(self, features, lanes):
        output = self(features)
        return self.criterion_exist(output["exist"], lanes.float())  # expect: LG104


class FineTuning(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Linear(64, 32)
        self.fc = nn.Linear(32, 1)
        self.loss_func = F.binary_cross_entropy_with_logits

    def forward(self, x):
        return torch.sigmoid(self.fc(self.backbone(x)))

    def loss(self, logits, labels):
        return self.loss_func(input=logits, target=labels)  # expect: LG104

    def training_step(self, batch, batch_idx):
        x, y = batch
        y_logits = self.forward(x)
        return self.loss(y_logits, y.view((-1, 1)).float())


def functional_style(scores, y):
    probs = functional.sigmoid(scores)
    return functional.binary_cross_entropy_with_logits(probs, y)  # expect: LG104


def class_style(x, y):
    net = nn.Sequential(nn.Linear(4, 1), nn.Sigmoid())
    criterion = BCEWithLogitsLoss(pos_weight=torch.tensor([3.0]))
    return criterion(net(x).squeeze(-1), y)  # expect: LG104


def log_sigmoid(scores, y):
    return F.binary_cross_entropy_with_logits(F.logsigmoid(scores), y)  # expect: LG104


def softmax_over_two(scores, y):
    probs = scores.softmax(dim=1)
    return nn.BCEWithLogitsLoss()(probs[:, 1], y)  # expect: LG104


def multi_label(scores, y):
    criterion = nn.MultiLabelSoftMarginLoss()
    return criterion(torch.sigmoid(scores), y)  # expect: LG104


def rebound_before_the_loss(loader, net):
    criterion = nn.BCEWithLogitsLoss()
    for x, y in loader:
        pred = net(x)
        pred = torch.sigmoid(pred)
        loss = criterion(pred, y)  # expect: LG104
        loss.backward()


def in_place(scores, y):
    scores.sigmoid_()
    return F.binary_cross_entropy_with_logits(scores, y)  # expect: LG104
