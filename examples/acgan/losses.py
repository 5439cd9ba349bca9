"""The losses by what they judge."""

from torch import nn


def criterion(judges: str) -> nn.Module:
    return {"validity": nn.BCELoss(), "label": nn.CrossEntropyLoss()}[judges]
