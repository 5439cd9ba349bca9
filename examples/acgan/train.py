"""Trains the GAN. The validity head suits its loss, the class head does not, and torch says nothing."""

import torch
from torch import Tensor

from losses import criterion
from nets import CLASSES, NOISE, Discriminator, Generator

BATCH = 64


def real_points() -> tuple[Tensor, Tensor]:
    labels = torch.randint(CLASSES, (BATCH,))
    angles = labels * (2 * torch.pi / CLASSES)
    centres = torch.stack([angles.cos(), angles.sin()], dim=1)
    return centres + 0.1 * torch.randn(BATCH, 2), labels


def train(steps: int) -> None:
    generator, discriminator = Generator(), Discriminator()
    adversarial, auxiliary = criterion("validity"), criterion("label")
    optimizer_g = torch.optim.Adam(generator.parameters(), lr=0.01)
    optimizer_d = torch.optim.Adam(discriminator.parameters(), lr=0.01)
    real, fake = torch.ones(BATCH, 1), torch.zeros(BATCH, 1)

    for step in range(1, steps + 1):
        wanted = torch.randint(CLASSES, (BATCH,))
        made = generator(torch.randn(BATCH, NOISE), wanted)
        validity, label = discriminator(made)
        loss_g = adversarial(validity, real) + auxiliary(label, wanted)  # LG101
        optimizer_g.zero_grad()
        loss_g.backward()
        optimizer_g.step()

        points, labels = real_points()
        validity, label = discriminator(points)
        label_loss = auxiliary(label, labels)  # LG101
        loss_d = adversarial(validity, real) + label_loss
        validity, _ = discriminator(made.detach())
        loss_d = loss_d + adversarial(validity, fake)
        optimizer_d.zero_grad()
        loss_d.backward()
        optimizer_d.step()

        if step % 100 == 0:
            accuracy = (label.argmax(dim=1) == labels).float().mean().item()
            print(f"step {step}: accuracy {accuracy:.2f}, class loss {label_loss.item():.4f}")


if __name__ == "__main__":
    torch.manual_seed(0)
    train(steps=300)
