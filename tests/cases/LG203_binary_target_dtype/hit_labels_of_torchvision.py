"""The labels that a data set of torchvision gives are integers."""

import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets
from torchvision.transforms import ToTensor

model = nn.Sequential(nn.Flatten(), nn.Linear(3072, 1), nn.Flatten(0))
cats_and_dogs = datasets.ImageFolder("images", transform=ToTensor())

for images, labels in DataLoader(cats_and_dogs, batch_size=32):
    F.binary_cross_entropy_with_logits(model(images), labels).backward()  # expect: LG203

for images, labels in DataLoader(cats_and_dogs, batch_size=32):
    F.binary_cross_entropy_with_logits(model(images), labels.float()).backward()  # silent

as_floats = datasets.ImageFolder("images", transform=ToTensor(), target_transform=float)
for images, labels in DataLoader(as_floats, batch_size=32):
    F.binary_cross_entropy_with_logits(model(images), labels).backward()  # silent: they are changed
