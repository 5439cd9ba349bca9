import torch
import torch.nn as nn
import torch.nn.functional as F


def int64(logits):
    labels = torch.tensor([2, 0, 1])
    return nn.CrossEntropyLoss()(logits, labels)  # silent: int64 by default


def cast(logits, labels):
    return F.cross_entropy(logits, labels.float().long())  # silent: cast back


def cast_by_to(logits, labels):
    return F.cross_entropy(logits, labels.int().to(torch.int64))  # silent: cast back


def cast_by_type(logits, labels):
    return F.cross_entropy(logits, labels.type(torch.LongTensor))  # silent: LongTensor is int64


def bytes_in_two_dimensions(x):
    logits = nn.Sequential(nn.Flatten(), nn.Linear(8, 3))(x)
    labels = torch.tensor([2, 0, 1], dtype=torch.uint8)
    return F.cross_entropy(logits, labels)  # silent: uint8 works for (N, C)


def unknown_floats(logits, labels):
    return F.cross_entropy(logits, labels.float())  # silent: they may be class probabilities


def float_probabilities():
    logits = torch.randn(3, 5)
    target = torch.rand(3, 5).softmax(dim=1)
    return F.cross_entropy(logits, target)  # silent: class probabilities


def same_shape_zeros(logits):
    target = torch.zeros_like(logits)
    target[:, 0] = 1.0
    return F.cross_entropy(logits, target)  # silent: a floating target of the input's shape


def binary(logits, labels):
    return F.binary_cross_entropy_with_logits(logits, labels.float())  # silent: binary targets are floats


def regression(prediction, labels):
    return F.mse_loss(prediction, labels.float())  # silent: real values


def adaptive(features, labels):
    head = nn.AdaptiveLogSoftmaxWithLoss(64, 1000, cutoffs=[10, 100])
    return head(features, labels.int()).loss  # silent: int32 is taken


def ctc(log_probs, targets, input_lengths, target_lengths):
    return F.ctc_loss(log_probs, targets.int(), input_lengths, target_lengths)  # silent: int32 is taken


def unknown_labels(logits, batch):
    return F.cross_entropy(logits, batch["label"])  # silent: nothing is known of the labels


def pseudo_labels(student, teacher, x):
    with torch.no_grad():
        labels = teacher(x).argmax(dim=1)
    return F.cross_entropy(student(x), labels)  # silent: argmax is int64


def floats_for_a_metric(logits, labels):
    accuracy = (logits.argmax(1).float() == labels.float()).float().mean()
    return F.cross_entropy(logits, labels), accuracy  # silent: the floats are for the metric


def rebound(loader, model):
    for x, y in loader:
        y = y.float()
        print(y.mean())
        y = y.long()
        F.cross_entropy(model(x), y).backward()  # silent: int64 again


def of_a_part(x, count):
    logits = nn.Linear(9, 3)(torch.randn(4, 9))[: len(x)]
    labels = torch.rand(4, 3)[:count]
    return F.cross_entropy(logits, labels.double())  # silent: a number for each class
