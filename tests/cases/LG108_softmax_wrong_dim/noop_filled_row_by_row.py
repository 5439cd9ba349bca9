import torch
import torch.nn.functional as F


def one(index, count):
    scores = torch.zeros(count)
    scores[index] = 2.0
    return F.softmax(scores, dim=-1)


def batch(indices, count):
    filled = torch.zeros(indices.size() + (count,))
    for row in range(indices.size(0)):
        filled[row] = one(indices[row], count)
    return filled


def fixed(labels):
    filled = torch.zeros(3, 4)
    for row in range(3):
        filled[row] = one(row, 4)
    return F.nll_loss(filled.log(), labels)  # silent: each row sums to one


def test_batch(labels):
    rows = torch.tensor([[1, 3, 3], [3, 2, 1]])
    return F.nll_loss(batch(rows, 4).log().flatten(0, 1), labels)  # silent
