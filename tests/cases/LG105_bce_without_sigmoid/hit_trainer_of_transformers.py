"""A trainer of transformers computes the loss by a method of its own, with the model that it is made with."""

import torch
from torch import nn
from transformers import (
    AutoModelForSequenceClassification,
    BertForSequenceClassification,
    Seq2SeqTrainer,
    Trainer,
    TrainingArguments,
)


class SeveralLabels(Trainer):
    def compute_loss(self, model, inputs, return_outputs=False):
        labels = inputs.pop("labels")
        outputs = model(**inputs)
        loss = nn.BCELoss()(outputs.logits, labels.float())  # expect: LG105
        return (loss, outputs) if return_outputs else loss


class Weighted(Trainer):
    def __init__(self, *args, weight=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.measure = nn.BCELoss(weight=weight)

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        outputs = model(**inputs)
        return self.measure(outputs.get("logits"), inputs.get("labels"))  # expect: LG105


class OfItsModel(Seq2SeqTrainer):
    def compute_loss(self, model, inputs):
        outputs = self.model(**inputs)
        return nn.functional.binary_cross_entropy(outputs["logits"], inputs["labels"])  # expect: LG105


model = AutoModelForSequenceClassification.from_pretrained("bert-base-uncased", num_labels=5)
SeveralLabels(model=model, args=TrainingArguments("out")).train()

trainer = Weighted(model, weight=torch.ones(5))
trainer.train()

OfItsModel(BertForSequenceClassification.from_pretrained("bert-base-uncased")).train()
