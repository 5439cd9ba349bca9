import segmentation_models_pytorch as smp
import timm
import torch
import torch.nn as nn
import torch.nn.functional as F
from monai.losses import DiceLoss
from monai.networks.nets import Discriminator, UNet
from torchvision.models import detection, resnet18
from transformers import BertForSequenceClassification


def overlap(x, masks, act):
    net = UNet(spatial_dims=2, in_channels=1, out_channels=2, channels=(4, 8), strides=(2,))
    total = DiceLoss(softmax=True)(net(x), masks)  # silent: logits
    total += DiceLoss()(net(x).softmax(1), masks)  # silent: probabilities
    total += DiceLoss(other_act=act)(net(x), masks)  # silent: an activation of the program's own
    total += DiceLoss(sigmoid=act)(net(x), masks)  # silent: not known
    unet = smp.FPN("resnet34", classes=2, activation="sigmoid")
    return total + smp.losses.JaccardLoss("multilabel", from_logits=False)(unet(x), masks)  # silent: probabilities


def models(x, labels, name, batch):
    model = resnet18(num_classes=1)
    model.fc = nn.Sequential(model.fc, nn.Sigmoid())
    total = nn.BCELoss()(model(x), labels)  # silent: the head ends in a sigmoid
    features = timm.create_model(name, num_classes=0)
    total += F.binary_cross_entropy(features(x), labels)  # silent: features
    total += F.binary_cross_entropy(Discriminator((1, 8), (2,), (2,))(x), labels)  # silent: ends in a sigmoid
    total += F.binary_cross_entropy(detection.fcos_resnet50_fpn()(x), labels)  # silent: not known
    output = BertForSequenceClassification.from_pretrained(name)(**batch)
    total += F.binary_cross_entropy(output[0], labels)  # silent: the loss, where the batch has labels
    return total + F.binary_cross_entropy(torch.sigmoid(output.logits), labels)  # silent: probabilities
