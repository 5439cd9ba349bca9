import torch.nn.functional as F

import network
from network import RawNet as Raw


def train(graphs, labels):
    model = network.SagNet()
    return F.nll_loss(model(graphs), labels)  # silent: forward ends in log_softmax


def train_raw(graphs, labels):
    model = Raw()
    return F.nll_loss(model(graphs), labels)  # expect: LG106
