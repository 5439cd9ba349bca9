import torch.nn as nn
import torch.utils.checkpoint as checkpointing
from accelerate import Accelerator
from apex import amp
from einops import rearrange, reduce
from monai.transforms import Activations
from lossguard.runtime.integrations.accelerate import prepare
from torch.func import functional_call
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from transformers import BertPreTrainedModel

criterion = nn.CrossEntropyLoss()
soft = nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1))
raw = nn.Linear(4, 3)


class Kitchen:
    def prepare(self, *ingredients):
        return raw


def prepared(x, y, optimizer, accelerator):
    loss = criterion(accelerator.prepare(soft)(x), y)  # silent: not known what prepares it
    loss += criterion(Kitchen().prepare(soft, optimizer)(x), y)  # silent: something else prepares it
    loss += criterion(Accelerator().prepare(raw)(x), y)  # silent: logits
    model, guarded = prepare(accelerator, raw, criterion)
    loss += guarded(model(x), y)  # silent: logits
    model, _ = amp.initialize([raw, soft], optimizer)
    loss += criterion(model[0](x), y)  # silent: logits
    return loss + criterion(Accelerator().reduce(soft(x), "sum"), y)  # silent: not known


def called(x, y, parameters):
    loss = criterion(checkpointing.checkpoint(raw, x, use_reentrant=False), y)  # silent: logits
    return loss + criterion(functional_call(raw, parameters, x), y)  # silent: logits


def moved(x, y):
    scores = nn.Conv2d(3, 5, 1)(x)
    loss = criterion(rearrange(scores, "b c h w -> (b h w) c"), y)  # silent: logits
    loss += criterion(reduce(scores.softmax(1), "b c h w -> b c", "mean"), y)  # silent: not followed
    loss += criterion(Activations()(scores), y)  # silent: no activation
    loss += criterion(Activations(sigmoid=x.sigmoid)(scores), y)  # silent: not known
    return loss + criterion(Activations(other=lambda scores: scores)(scores), y)  # silent: the program's own


def packed(x, y, lengths):
    sequences = pack_padded_sequence(raw(x), lengths)
    padded, _ = pad_packed_sequence(sequences)
    return criterion(sequences.data, y) + criterion(padded, y)  # silent: logits


class OwnForSequenceClassification(BertPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.head = nn.Linear(8, 2)

    def forward(self, states, labels):
        return self.loss_function(labels, self.head(states), self.config)  # silent: labels come first


class OwnForRanking(BertPreTrainedModel):
    def forward(self, states, labels):
        return self.loss_function(labels, soft(states), self.config)  # silent: not known which loss


class NotOfTransformersForSequenceClassification(nn.Module):
    def forward(self, states, labels):
        return self.loss_function(labels, soft(states), None)  # silent: not set in sight
