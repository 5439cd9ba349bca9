"""Gradients that flow, though something between model and loss has none."""

import torch
import torch.nn.functional as F
from torch import nn

encoder = nn.Linear(10, 8)
decoder = nn.Linear(8, 10)
head = nn.Linear(8, 2)
codebook = nn.Embedding(512, 8)
teacher = nn.Linear(10, 2)
student = nn.Linear(10, 2)


def frozen_features(loader):
    for x, y in loader:
        with torch.no_grad():
            features = encoder(x)
        loss = F.cross_entropy(head(features), y)  # silent: the head is trained
        loss.backward()


def detached_features(loader):
    for x, y in loader:
        features = encoder(x).detach()
        F.cross_entropy(head(features), y).backward()  # silent: the head is trained


def straight_through(loader):
    for x, y in loader:
        z = encoder(x)
        hard = z + (torch.round(z) - z).detach()
        F.mse_loss(hard, y).backward()  # silent: the estimator passes the gradient straight through


def straight_through_one_hot(loader):
    for x, y in loader:
        soft = head(x).softmax(dim=-1)
        hard = F.one_hot(soft.argmax(-1), 2).float()
        F.mse_loss(hard - soft.detach() + soft, y).backward()  # silent: the same with one-hot vectors


def vector_quantisation(loader):
    for x, _ in loader:
        z = encoder(x)
        nearest = codebook(torch.cdist(z, codebook.weight).argmin(-1))
        commitment = F.mse_loss(nearest.detach(), z)  # silent: the gradient flows to the second argument
        codes = F.mse_loss(nearest, z.detach())  # silent: the gradient flows to the code book
        (codes + 0.25 * commitment).backward()


def distillation(loader):
    for x, y in loader:
        with torch.no_grad():
            soft = teacher(x).softmax(dim=-1)
        out = student(x)
        loss = F.kl_div(F.log_softmax(out, -1), soft, reduction="batchmean")  # silent: the target has none
        (loss + F.cross_entropy(out, y)).backward()  # silent: the scores are attached


def pseudo_labels(x):
    out = student(x)
    labels = out.detach().argmax(-1)
    F.cross_entropy(out, labels).backward()  # silent: only the labels are detached


def first_argument_is_the_target(loader):
    for x, y in loader:
        values = head(x)
        goal = teacher(x).detach()
        F.smooth_l1_loss(goal, values).backward()  # silent: the second argument is attached


def classes_against_scores(loader):
    for x, y in loader:
        values = head(x)
        F.mse_loss(teacher(x).argmax(1).float(), values).backward()  # silent: the second argument is attached


def unknown_second_argument(x, values):
    F.mse_loss(teacher(x).detach(), values).backward()  # silent: `values` may be attached


def split_learning(loader):
    for x, y in loader:
        sent = encoder(x)
        received = sent.detach()
        received.requires_grad = True
        F.mse_loss(received, y).backward()  # silent: the gradient of the leaf is sent back
        sent.backward(received.grad)


def split_learning_in_place(loader):
    for x, y in loader:
        sent = encoder(x)
        received = sent.detach().requires_grad_()
        F.mse_loss(received, y).backward()  # silent: the same
        sent.backward(received.grad)


def optimised_image(loader):
    for x, y in loader:
        image = nn.Parameter(decoder(x).detach())
        F.mse_loss(image, y).backward()  # silent: the image is what is trained


def copied_with_a_gradient(loader):
    for x, y in loader:
        image = torch.tensor(decoder(x), requires_grad=True)
        F.mse_loss(image, y).backward()  # silent: the copy is a leaf


def masked(loader):
    for x, y in loader:
        out = student(x)
        mask = (out > 0).float()
        F.mse_loss(out * mask, y).backward()  # silent: the product is attached


def joined(loader):
    for x, y in loader:
        first = student(x)
        both = torch.cat([first.detach(), first], dim=0)
        F.mse_loss(both, y).backward()  # silent: half of it is attached


def written_into(loader):
    for x, y in loader:
        out = student(x).detach()
        out[0] = student(x)[0]
        F.mse_loss(out, y).backward()  # silent: one row is attached


def unknown_factor(x, y, scale):
    out = student(x).detach()
    F.cross_entropy(out * scale, y.long()).backward()  # silent: `scale` may be a parameter


def recorded_inside(loader):
    with torch.no_grad():
        for x, y in loader:
            with torch.enable_grad():
                loss = F.cross_entropy(student(x), y)  # silent: recording is on again
            loss.backward()


def perhaps_recorded(loader, train):
    for x, y in loader:
        with torch.set_grad_enabled(train):
            loss = F.cross_entropy(student(x), y)  # silent: it depends on `train`
        loss.backward()


def some_context(loader, context):
    for x, y in loader:
        with torch.no_grad(), context:
            loss = F.cross_entropy(student(x), y)  # silent: what `context` does is not known
        loss.backward()


def clamped_under_no_grad(loader):
    for x, y in loader:
        out = student(x)
        with torch.no_grad():
            out.clamp_(-10, 10)
        F.mse_loss(out, y).backward()  # silent: a change in place keeps the graph
