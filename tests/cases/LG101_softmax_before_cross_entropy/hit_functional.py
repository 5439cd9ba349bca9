import torch
import torch.nn.functional as F
import torch.nn.functional as nnf
from torch import nn
from torch.nn import functional
from torch.nn.functional import cross_entropy, softmax


def functional_style(scores, labels):
    probs = F.softmax(scores, dim=1)
    return F.cross_entropy(probs, labels)  # expect: LG101


def other_alias(scores, labels):
    return nnf.cross_entropy(nnf.softmax(scores, dim=-1), labels)  # expect: LG101


def from_import_module(scores, labels):
    probs = functional.softmax(scores, 1)
    return functional.cross_entropy(input=probs, target=labels)  # expect: LG101


def from_import_names(scores, labels):
    probs = softmax(scores, dim=1)
    loss = cross_entropy(probs, labels)  # expect: LG101
    return loss


def method_style(scores, labels):
    probs = scores.softmax(dim=-1)
    return F.cross_entropy(probs, labels)  # expect: LG101


def torch_namespace(scores, labels):
    probs = torch.softmax(scores, -1)
    return nn.functional.cross_entropy(probs, labels)  # expect: LG101


def swapped_keywords(scores, labels):
    out = torch.softmax(scores, dim=1)
    return F.cross_entropy(target=labels, input=out)  # expect: LG101


def over_several_lines(scores, labels, weights):
    out = scores.softmax(1)
    return F.cross_entropy(
        out,  # expect: LG101
        labels,
        weight=weights,
        reduction="sum",
    )


def reshaped_on_the_way(scores, labels):
    probs = F.softmax(scores, dim=-1)
    batch, time, classes = probs.shape
    flat = probs.view(batch * time, classes)
    return F.cross_entropy(flat, labels.view(batch * time))  # expect: LG101


def moved_on_the_way(scores, labels, device):
    probs = torch.softmax(scores, dim=1).to(device).float().contiguous()
    return F.cross_entropy(probs, labels.to(device))  # expect: LG101


def misleading_name(scores, labels):
    logits = F.softmax(scores, dim=-1)
    return F.cross_entropy(logits, labels)  # expect: LG101


def module_softmax_called_at_once(scores, labels):
    return nn.CrossEntropyLoss()(nn.Softmax(dim=1)(scores), labels)  # expect: LG101
