import kornia
import segmentation_models_pytorch as smp
import torch
import torch.nn as nn
from allennlp.nn.util import sequence_cross_entropy_with_logits
from fastai.vision.all import CrossEntropyLossFlat
from monai.losses import DiceCELoss, DiceLoss, FocalLoss
from timm.loss import LabelSmoothingCrossEntropy as Smoothed
from timm.loss import SoftTargetCrossEntropy

features = nn.Conv2d(3, 5, 1)


def of_images(x, labels):
    mask = features(x).softmax(dim=1)
    total = DiceLoss(softmax=True, to_onehot_y=True)(mask, labels)  # expect: LG101
    total += DiceCELoss(softmax=True)(mask, labels)  # expect: LG101
    total += FocalLoss(use_softmax=True)(mask, labels)  # expect: LG101
    total += smp.losses.DiceLoss(mode="multiclass")(mask, labels)  # expect: LG101
    total += smp.losses.JaccardLoss(smp.losses.MULTICLASS_MODE, from_logits=True)(mask, labels)  # expect: LG101
    return total + kornia.losses.focal_loss(mask, labels, 0.5, reduction="mean")  # expect: LG101


class Trainer:
    def __init__(self, mixup):
        self.head = nn.Sequential(nn.Linear(8, 4), nn.Softmax(dim=-1))
        self.train_loss = SoftTargetCrossEntropy() if mixup else Smoothed(smoothing=0.1)
        self.flat = CrossEntropyLossFlat()

    def step(self, x, labels):
        scores = self.head(x)
        loss = self.flat(scores, labels)  # expect: LG101
        return loss + sequence_cross_entropy_with_logits(scores, labels, torch.ones(4))  # expect: LG101
