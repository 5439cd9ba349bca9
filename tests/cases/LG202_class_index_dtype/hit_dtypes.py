import torch
import torch.nn as nn
import torch.nn.functional as F


def float_tensor(logits):
    labels = torch.tensor([2, 0, 1], dtype=torch.int32)
    return nn.CrossEntropyLoss()(logits, labels)  # expect: LG202


def known_ranks(x):
    logits = nn.Sequential(nn.Flatten(), nn.Linear(8, 3))(x)
    labels = torch.tensor([2.0, 0.0, 1.0])
    return F.cross_entropy(logits, labels)  # expect: LG202


def float_indices(logits):
    labels = torch.randint(0, 10, (32,)).float()
    return F.cross_entropy(logits, labels)  # expect: LG202


def cast_to_int(logits, labels):
    return F.cross_entropy(input=logits, target=labels.int())  # expect: LG202


def cast_to_bool(scores, labels):
    log_probs = F.log_softmax(scores, dim=1)
    return F.nll_loss(log_probs, labels.bool())  # expect: LG202


def nll_float(scores, labels):
    criterion = nn.NLLLoss()
    return criterion(scores.log_softmax(-1), labels.float())  # expect: LG202


def comparison(logits, labels):
    is_positive = labels.view(-1) > 0
    return F.cross_entropy(logits, is_positive)  # expect: LG202


def short(logits, labels):
    return F.cross_entropy(logits, labels.to(torch.int16))  # expect: LG202


def margin_with_bytes(scores, labels):
    return F.multi_margin_loss(scores, labels.to(dtype=torch.uint8))  # expect: LG202


class Step:
    def __init__(self):
        self.criterion = nn.CrossEntropyLoss()

    def run(self, model, x, y):
        y = y.type(torch.int32)
        return self.criterion(model(x), y)  # expect: LG202


def indices_of_the_teacher(logits, teacher):
    hard = teacher.argmax(dim=1).to(torch.float32)
    return F.cross_entropy(logits, hard)  # expect: LG202


def of_a_part(x, count):
    logits = nn.Linear(9, 3)(torch.randn(4, 9))[: len(x)]
    labels = torch.LongTensor([0, 1, 2, 0])[:count]
    return F.cross_entropy(logits, labels.double())  # expect: LG202
