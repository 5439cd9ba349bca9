import torch.nn as nn


def build_loss(smoothing=0.0):
    return nn.CrossEntropyLoss(label_smoothing=smoothing)
