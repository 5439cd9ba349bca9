"""A trainer of transformers that applies the sigmoid, or takes scores, or is another's."""

import torch
from torch import nn
from transformers import AutoModelForSequenceClassification, Trainer


class WithSigmoid(Trainer):
    def compute_loss(self, model, inputs, return_outputs=False):
        outputs = model(**inputs)
        return nn.BCELoss()(torch.sigmoid(outputs.logits), inputs["labels"])  # silent


class OfScores(Trainer):
    def compute_loss(self, model, inputs, return_outputs=False):
        outputs = model(**inputs)
        return nn.BCEWithLogitsLoss()(outputs.get("logits"), inputs["labels"])  # silent


class NeverMade(Trainer):
    def compute_loss(self, model, inputs, return_outputs=False):
        return nn.BCELoss()(model(**inputs).logits, inputs["labels"])  # silent: the model is not known


class OfWhatIsGiven(Trainer):
    def compute_loss(self, model, inputs, return_outputs=False):
        return nn.BCELoss()(model(inputs["x"]), inputs["labels"])  # silent: the model applies the sigmoid


class Trainers:
    def __init__(self, model):
        self.model = model

    def train(self):
        return self.model

    def compute_loss(self, model, inputs):
        return nn.BCELoss()(model(**inputs).logits, inputs["labels"])  # silent: nobody calls it


model = AutoModelForSequenceClassification.from_pretrained("bert-base-uncased", num_labels=5)
WithSigmoid(model=model).train()
OfScores(model=model).train()
OfWhatIsGiven(nn.Sequential(nn.Linear(8, 5), nn.Sigmoid())).train()
Trainers(model).train()
