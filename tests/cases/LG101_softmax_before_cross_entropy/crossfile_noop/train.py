import torch.nn as nn

from losses import CrossEntropyLoss
from nets import LeNet


def fit(images, labels):
    model = LeNet()
    loss = nn.CrossEntropyLoss()(model(images), labels)  # silent: forward returns logits
    own = CrossEntropyLoss()(model.predict(images), labels)  # silent: the project's own class
    return loss + own
