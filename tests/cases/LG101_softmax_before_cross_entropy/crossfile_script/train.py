import torch

from losses import build_loss
from nets import LeNet


def main(loader):
    model = LeNet().to("cpu")
    criterion = build_loss(0.1)
    optimizer = torch.optim.Adam(model.parameters())
    for images, labels in loader:
        optimizer.zero_grad()
        outputs = model(images)
        loss = criterion(outputs, labels)  # expect: LG101
        loss.backward()
        optimizer.step()
