import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 1)

    def forward(self, x):
        return self.fc(x)


def for_the_decision(x, y):
    output = Net()(x)
    predicted = torch.sigmoid(output) >= 0.5
    return F.binary_cross_entropy_with_logits(output, y), predicted  # silent: the sigmoid is for the decision


def rebound_after_the_loss(loader):
    net, bce_logits = Net(), nn.BCEWithLogitsLoss()
    for x, y in loader:
        pred = net(x)
        loss = bce_logits(pred, y)  # silent: the sigmoid comes after the loss
        pred = torch.sigmoid(pred)
        loss.backward()
        print(pred.mean())


def another_name(anchors, y):
    objectness = Net()(anchors)
    objectness_prob = torch.sigmoid(objectness.flatten())
    print(objectness_prob)
    return F.binary_cross_entropy_with_logits(objectness, y)  # silent: another name holds the sigmoid


def for_pictures(mask_logits, masks, storage):
    if storage is not None:
        storage.put_image("mask", mask_logits.sigmoid())
    return F.binary_cross_entropy_with_logits(mask_logits, masks)  # silent: the sigmoid is for the picture


def relativistic(real, fake, valid):
    discriminator = Net()
    difference = discriminator(real) - discriminator(fake)
    return nn.BCEWithLogitsLoss()(difference, valid)  # silent: a difference of raw scores


def models_of_a_dict(x, valid):
    model = {
        "generator": nn.Sequential(nn.Linear(8, 16), nn.Sigmoid()),
        "discriminator": nn.Sequential(nn.Linear(16, 1)),
    }
    image = model["generator"](x)
    score = model["discriminator"](image)
    return F.binary_cross_entropy_with_logits(score, valid)  # silent: the generator ends in a sigmoid


def soft_target(student, teacher):
    target = torch.sigmoid(teacher).detach()
    return F.binary_cross_entropy_with_logits(student, target)  # silent: the target is a probability


def squeeze_and_excite(x, y):
    gate = torch.sigmoid(nn.Linear(16, 16)(x))
    return F.binary_cross_entropy_with_logits(nn.Linear(16, 1)(x * gate), y)  # silent: a gate inside


def right_pair(x, y):
    return F.binary_cross_entropy(torch.sigmoid(Net()(x)), y)  # silent: BCE takes probabilities


def undone(probs, y):
    scores = torch.log(probs) - torch.log(1 - probs)
    return F.binary_cross_entropy_with_logits(scores, y)  # silent: log-odds


def inverse_of_a_sigmoid(x, y):
    probs = Net()(x).sigmoid()
    return F.binary_cross_entropy_with_logits(torch.logit(probs, eps=1e-6), y)  # silent: the sigmoid is undone


class EvalHead(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 1)

    def forward(self, x):
        x = self.fc(x)
        return x if self.training else torch.sigmoid(x)


def train(loader):
    head = EvalHead().train()
    for x, y in loader:
        F.binary_cross_entropy_with_logits(head(x), y).backward()  # silent: no sigmoid while training


def chosen(args, scores, y):
    loss_fn = nn.BCELoss() if args.sigmoid else nn.BCEWithLogitsLoss()
    if args.sigmoid:
        scores = scores.sigmoid()
    return loss_fn(scores, y)  # silent: the same flag chooses both


class BCEWithLogitsLoss(nn.Module):
    """The project's own, on probabilities."""

    def forward(self, probs, y):
        return F.binary_cross_entropy(probs, y)


def own_class(scores, y):
    return BCEWithLogitsLoss()(torch.sigmoid(scores), y)  # silent: not torch's class
