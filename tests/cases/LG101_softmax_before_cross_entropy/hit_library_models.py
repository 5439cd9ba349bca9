import pretrainedmodels
import segmentation_models_pytorch as smp
import timm
import torch.nn as nn
import torchvision.models as models
from efficientnet_pytorch import EfficientNet
from torchvision.models import ResNet, inception_v3, resnet18
from transformers import AutoModelForSequenceClassification

criterion = nn.CrossEntropyLoss()


def replaced(x, y, classes):
    model = models.resnet50(pretrained=True)
    model.fc = nn.Sequential(nn.Linear(model.fc.in_features, classes), nn.Softmax(dim=1))
    model = nn.DataParallel(model).cuda()
    return criterion(model(x), y)  # expect: LG101


def one_layer_of_several(x, y):
    model = models.vgg16(weights="DEFAULT")
    model.classifier[6] = nn.Linear(model.classifier[6].in_features, 10)
    model.classifier.add_module("softmax", nn.Softmax(dim=1))
    return criterion(model(x), y)  # expect: LG101


def deep_inside(x, y):
    model = models.vit_b_16()
    model.heads.head = nn.Sequential(nn.Linear(768, 10), nn.Softmax(-1))
    return criterion(model(x), y)  # expect: LG101


def auxiliary(x, y):
    model = inception_v3(pretrained=True)
    model.AuxLogits.fc = nn.Linear(768, 2)
    model.fc = nn.Sequential(nn.Linear(2048, 2), nn.Softmax(1))
    outputs, auxiliary_outputs = model(x)
    return criterion(outputs, y) + 0.4 * criterion(auxiliary_outputs, y)  # expect: LG101


def by_name(x, y):
    model = timm.create_model("vit_base_patch16_224", pretrained=True)
    model.head = nn.Sequential(nn.Linear(model.head.in_features, 5), nn.Softmax(dim=1))
    return criterion(model(x), y)  # expect: LG101


def underscored(x, y):
    model = EfficientNet.from_pretrained("efficientnet-b0")
    model._fc = nn.Sequential(nn.Linear(1280, 5), nn.Softmax(dim=1))
    other = pretrainedmodels.__dict__["resnet18"](num_classes=1000)
    other.last_linear = nn.Sequential(nn.Linear(512, 5), nn.Softmax(dim=1))
    return criterion(model(x), y) + criterion(other(x), y)  # expect: LG101


def of_pixels(x, y):
    model = models.segmentation.deeplabv3_resnet50(num_classes=4)
    model.classifier[4] = nn.Sequential(nn.Conv2d(256, 4, 1), nn.Softmax(dim=1))
    loss = criterion(model(x)["out"], y)  # expect: LG101
    unet = smp.Unet("resnet34", classes=4, activation="softmax2d")
    return loss + criterion(unet(x), y)  # expect: LG101


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = resnet18()
        self.backbone.fc = nn.Linear(512, 6)
        self.act = nn.Softmax(dim=1)

    def forward(self, x):
        return self.act(self.backbone(x))


def own(x, y):
    return criterion(Classifier()(x), y)  # expect: LG101


def of_texts(batch, y):
    model = AutoModelForSequenceClassification.from_pretrained("bert-base-cased", num_labels=3)
    scores = model(**batch).logits
    return criterion(scores.softmax(dim=-1), y)  # expect: LG101


class Narrow(ResNet):
    def __init__(self, block, layers):
        super().__init__(block, layers, num_classes=7)
        self.fc = nn.Sequential(self.fc, nn.Softmax(dim=1))


def derived(x, y, block):
    return criterion(Narrow(block, [2, 2, 2, 2])(x), y)  # expect: LG101
