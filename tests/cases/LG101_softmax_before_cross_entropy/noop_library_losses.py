import kornia
import segmentation_models_pytorch as smp
import torch.nn as nn
from fastai.losses import BCELossFlat, CrossEntropyLossFlat
from monai.losses import DiceCELoss, DiceLoss, FocalLoss
from timm.loss import LabelSmoothingCrossEntropy
from transformers.loss.loss_utils import ForCausalLMLoss, ForSequenceClassificationLoss

features = nn.Conv2d(3, 5, 1)


def given_probabilities(x, labels, options):
    mask = features(x).softmax(dim=1)
    total = DiceLoss()(mask, labels)  # silent: without a switch it takes probabilities
    total += DiceLoss(softmax=options.softmax)(mask, labels)  # silent: the switch is not known
    total += DiceLoss(**options.dice)(mask, labels)  # silent: nothing about the switches is known
    total += DiceLoss(softmax=False, other_act=options.act)(mask, labels)  # silent: another activation
    total += DiceCELoss(to_onehot_y=True)(mask, labels)  # silent: half of it takes probabilities
    total += smp.losses.DiceLoss("multiclass", from_logits=False)(mask, labels)  # silent: probabilities
    total += smp.losses.DiceLoss(options.mode, from_logits=False)(mask, labels)  # silent: in every mode
    return total + BCELossFlat()(mask, labels)  # silent: takes probabilities


def given_logits(x, labels):
    scores = features(x)
    total = DiceLoss(softmax=True)(scores, labels)  # silent: logits
    total += FocalLoss(use_softmax=True)(scores, labels)  # silent: logits
    total += kornia.losses.dice_loss(scores, labels)  # silent: logits
    total += smp.losses.SoftCrossEntropyLoss()(scores, labels)  # silent: logits
    total += LabelSmoothingCrossEntropy()(scores.mean((2, 3)), labels)  # silent: logits
    return total + CrossEntropyLossFlat()(scores, labels)  # silent: logits


def of_language_models(x, labels, config):
    scores = features(x)
    total = ForCausalLMLoss(scores, labels, config.vocab_size)  # silent: logits
    return total + ForSequenceClassificationLoss(labels, scores, config)  # silent: labels come first


class OwnDice(nn.Module):
    def forward(self, input, target):
        return 1 - (input * target).sum() / (input + target).sum()


def own(x, labels):
    return OwnDice()(features(x).softmax(1), labels)  # silent: a loss of the project, which applies nothing
