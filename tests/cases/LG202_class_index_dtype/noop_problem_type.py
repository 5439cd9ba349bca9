"""Which loss it is an option decides; who calls it with floats has set it so."""

import torch
from torch import nn
from transformers import LlamaConfig


class Config(LlamaConfig):
    def __init__(self, temperature=1.0, **others):
        self.temperature = temperature
        super().__init__(**others)


class Classifier(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.score = nn.Linear(8, config.num_labels)

    def forward(self, x, labels=None):
        logits = self.score(x) / self.config.temperature
        if self.config.problem_type is None:
            if self.config.num_labels == 1:
                self.config.problem_type = "regression"
            elif labels.dtype == torch.long:
                self.config.problem_type = "single_label_classification"
            else:
                self.config.problem_type = "multi_label_classification"
        if self.config.problem_type == "regression":
            loss = nn.MSELoss()(logits.squeeze(), labels.squeeze())
        elif self.config.problem_type == "single_label_classification":
            loss = nn.CrossEntropyLoss()(logits.view(-1, self.config.num_labels), labels.view(-1))
        elif self.config.problem_type == "multi_label_classification":
            loss = nn.BCEWithLogitsLoss()(logits, labels)
        return loss


def test_several_labels():
    model = Classifier(Config(num_labels=3, problem_type="multi_label_classification"))
    model(torch.randn(2, 8), labels=torch.randint(0, 2, (2, 3)).float()).backward()


def test_one_label():
    model = Classifier(Config(num_labels=3))
    model(torch.randn(2, 8), labels=torch.randint(0, 3, (2,))).backward()
