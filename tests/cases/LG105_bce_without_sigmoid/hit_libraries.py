import segmentation_models_pytorch as smp
import timm
import torch.nn as nn
import torch.nn.functional as F
from accelerate import Accelerator
from fastai.losses import BCELossFlat
from monai.losses import DiceLoss
from monai.networks.nets import UNet
from torchvision.models import resnet18
from transformers import BertForTokenClassification


def overlap(x, masks):
    net = UNet(spatial_dims=2, in_channels=1, out_channels=2, channels=(4, 8), strides=(2,))
    total = DiceLoss(to_onehot_y=True)(net(x), masks)  # expect: LG105
    unet = smp.FPN("resnet34", classes=2)
    return total + smp.losses.JaccardLoss("multilabel", from_logits=False)(unet(x), masks)  # expect: LG105


def models(x, labels, name, batch):
    model = resnet18(num_classes=1)
    total = nn.BCELoss()(model(x), labels)  # expect: LG105
    total += F.binary_cross_entropy(timm.create_model(name, num_classes=4)(x), labels)  # expect: LG105
    total += BCELossFlat()(Accelerator().prepare(model)(x), labels)  # expect: LG105
    output = BertForTokenClassification.from_pretrained(name)(batch, labels=labels)
    return total + F.binary_cross_entropy(output[1], labels)  # expect: LG105
