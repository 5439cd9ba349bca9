from torch import nn
from torch.nn import functional as F


def other_names(config, x, y):
    scores = nn.Linear(4, 3)(x)
    if config.get("model", "mlp") == "log":
        scores = scores.log_softmax(1)
    if config.get("loss", "ce") == "ce":
        return F.cross_entropy(scores, y)  # expect: LG102
    return F.nll_loss(scores, y)


def the_same_name(config, x, y):
    scores = nn.Linear(4, 3)(x)
    if config.get("loss", "ce") == "ce":
        scores = scores.log_softmax(1)
    if config.get("loss", "ce") == "ce":
        return F.cross_entropy(scores, y)  # expect: LG102
    return scores.sum()
