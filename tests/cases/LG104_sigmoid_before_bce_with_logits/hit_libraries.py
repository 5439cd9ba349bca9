import segmentation_models_pytorch as smp
import torch
import torch.nn as nn
from fvcore.nn import sigmoid_focal_loss_jit
from kornia.losses import BinaryFocalLossWithLogits
from monai.losses import DiceFocalLoss, DiceLoss, FocalLoss
from skorch import NeuralNetBinaryClassifier
from speechbrain.nnet.losses import bce_loss
from timm.loss import AsymmetricLossMultiLabel, BinaryCrossEntropy
from torchvision.ops import sigmoid_focal_loss

head = nn.Conv2d(8, 2, 1)


def focal(x, masks):
    probabilities = torch.sigmoid(head(x))
    total = sigmoid_focal_loss(probabilities, masks, reduction="mean")  # expect: LG104
    total += sigmoid_focal_loss_jit(probabilities, masks)  # expect: LG104
    total += FocalLoss()(probabilities, masks)  # expect: LG104
    return total + BinaryFocalLossWithLogits(alpha=0.25)(probabilities, masks)  # expect: LG104


def overlap(x, masks):
    unet = smp.Unet("resnet34", classes=1, activation="sigmoid")
    total = smp.losses.DiceLoss("binary")(unet(x), masks)  # expect: LG104
    total += DiceLoss(sigmoid=True)(unet(x), masks)  # expect: LG104
    total += DiceFocalLoss(sigmoid=True)(unet(x), masks)  # expect: LG104
    return total + smp.utils.losses.DiceLoss(activation="sigmoid")(unet(x), masks)  # expect: LG104


def despite_their_names(x, labels):
    probabilities = nn.Linear(3, 1)(x).sigmoid()
    total = bce_loss(probabilities, labels, length=None)  # expect: LG104
    total += BinaryCrossEntropy(smoothing=0.0)(probabilities, labels)  # expect: LG104
    return total + AsymmetricLossMultiLabel()(probabilities, labels)  # expect: LG104


class Soft(nn.Module):
    def __init__(self, out=1):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, out), nn.Sigmoid())

    def forward(self, x):
        return self.layers(x)


classifier = NeuralNetBinaryClassifier(Soft, module__out=1)  # expect: LG104
