import kornia
import segmentation_models_pytorch as smp
import torch
import torch.nn as nn
from fvcore.nn import sigmoid_focal_loss_jit
from monai.losses import DiceFocalLoss, DiceLoss, FocalLoss
from skorch import NeuralNetBinaryClassifier
from speechbrain.nnet.losses import bce_loss
from timm.loss import BinaryCrossEntropy
from torchvision.ops import sigmoid_focal_loss

head = nn.Conv2d(8, 2, 1)


def given_logits(x, masks):
    scores = head(x)
    total = sigmoid_focal_loss(scores, masks)  # silent: logits
    total += sigmoid_focal_loss_jit(scores, masks)  # silent: logits
    total += FocalLoss()(scores, masks)  # silent: logits
    total += DiceLoss(sigmoid=True)(scores, masks)  # silent: logits
    total += BinaryCrossEntropy()(scores, masks)  # silent: logits
    total += kornia.losses.binary_focal_loss_with_logits(scores, masks, 0.25)  # silent: logits
    return total + bce_loss(scores, masks)  # silent: logits


def given_probabilities(x, masks, from_logits):
    probabilities = torch.sigmoid(head(x))
    total = DiceLoss()(probabilities, masks)  # silent: takes probabilities
    total += DiceLoss(sigmoid=False, other_act=None)(probabilities, masks)  # silent: likewise
    total += DiceFocalLoss()(probabilities, masks)  # silent: half of it takes probabilities
    total += smp.losses.DiceLoss("binary", from_logits=False)(probabilities, masks)  # silent: probabilities
    total += smp.losses.DiceLoss("binary", from_logits=from_logits)(probabilities, masks)  # silent: not known
    total += smp.utils.losses.DiceLoss()(probabilities, masks)  # silent: no activation
    return total + smp.utils.losses.BCELoss()(probabilities, masks)  # silent: takes probabilities


def bce_of_the_project(inputs, targets):
    return -(targets * inputs.log() + (1 - targets) * (1 - inputs).log()).mean()


def own(x, masks):
    return bce_of_the_project(torch.sigmoid(head(x)), masks)  # silent: no loss of a library


class Raw(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Linear(4, 1)

    def forward(self, x):
        return self.layers(x)


classifier = NeuralNetBinaryClassifier(Raw)  # silent: logits
