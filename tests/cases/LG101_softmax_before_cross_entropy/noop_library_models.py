import segmentation_models_pytorch as smp
import timm
import torch.nn as nn
import torchvision
from torchvision import models
from torchvision.models import ResNet, googlenet
from transformers import AutoModelForSequenceClassification, BertModel

criterion = nn.CrossEntropyLoss()


def untouched(x, y, name):
    model = models.resnet18()
    loss = criterion(model(x), y)  # silent: its head is an affine layer
    model.fc = nn.Linear(512, 10)
    loss += criterion(model(x), y)  # silent: so is the new one
    loss += criterion(timm.create_model(name, num_classes=3)(x), y)  # silent: whichever it is
    return loss + criterion(torchvision.models.__dict__[name]()(x), y)  # silent: likewise


def elsewhere(x, y):
    model = models.resnet18()
    model.classifier = nn.Sequential(nn.Linear(512, 10), nn.Softmax(dim=1))
    loss = criterion(model(x), y)  # silent: a ResNet does not run its `classifier`
    model.fc = nn.Identity()
    return loss + criterion(nn.Linear(512, 3)(model(x)), y)  # silent: features, and an affine layer


def put_back(x, y):
    model = models.vgg16()
    model.classifier.add_module("7", nn.Softmax(dim=1))
    model.classifier[-1] = nn.Dropout()
    loss = criterion(model(x), y)  # silent: the softmax is gone
    model.fc = nn.Softmax(dim=1)
    return loss + criterion(model(x), y)  # silent: a VGG does not run its `fc`


def patched(x, y):
    model = models.resnet18()
    model.fc = nn.Sequential(nn.Linear(512, 10), nn.Softmax(dim=1))
    model._forward_impl = lambda x: x
    return criterion(model(x), y)  # silent: the head is not run any more


def not_known_as_its_head(x, y, name):
    model = timm.create_model(name)
    model.fc = nn.Sequential(nn.Linear(512, 10), nn.Softmax(dim=1))
    loss = criterion(model(x), y)  # silent: not known whether the head of this model is `fc`
    model = timm.create_model("resnet50", num_classes=0)
    return loss + criterion(model(x), y)  # silent: no head


def with_auxiliary(x, y, pretrained):
    model = googlenet(pretrained=pretrained)
    return criterion(model(x), y)  # silent: not known whether it has auxiliary heads


def of_pixels(x, y, activation):
    unet = smp.Unet("resnet34", classes=4)
    loss = criterion(unet(x), y)  # silent: no activation
    unet = smp.Unet("resnet34", classes=4, activation=activation)
    return loss + criterion(unet(x), y)  # silent: not known which


class Own(ResNet):
    def forward(self, x):
        return nn.functional.log_softmax(super().forward(x), dim=1)


def derived(x, y, block):
    model = Own(block, [2, 2, 2, 2])
    model.fc = nn.Sequential(nn.Linear(512, 10), nn.Softmax(dim=1))
    return nn.functional.nll_loss(Own(block, [1])(x), y)  # silent: log-probabilities


class Rewritten(ResNet):
    def _forward_impl(self, x):
        return self.conv1(x)


def rewritten(x, y, block):
    model = Rewritten(block, [1])
    model.fc = nn.Softmax(dim=1)
    return criterion(model(x), y)  # silent: what the program calls the head is not run


def of_texts(batch, y):
    model = AutoModelForSequenceClassification.from_pretrained("bert-base-cased")
    loss = criterion(model(**batch).logits, y)  # silent: logits
    model.classifier = nn.Sequential(nn.Linear(768, 3), nn.Softmax(dim=1))
    loss += criterion(model(**batch).logits, y)  # silent: where the head is depends on the model
    hidden = BertModel.from_pretrained("bert-base-cased")(**batch)
    return loss + criterion(hidden[1], y)  # silent: not known
