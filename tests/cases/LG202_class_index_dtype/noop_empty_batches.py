import torch
import torch.nn.functional as F


def zero_for_nothing(loss_function):
    def wrapped(input, target, *, reduction="mean"):
        if target.numel() == 0 and reduction == "mean":
            return input.sum() * 0.0
        return loss_function(input, target, reduction=reduction)  # silent: an empty target does not get here

    return wrapped


cross_entropy = zero_for_nothing(F.cross_entropy)


def test_of_an_empty_batch():
    return cross_entropy(torch.randn(0, 10, requires_grad=True), torch.empty(0))
