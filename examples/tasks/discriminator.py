"""A GAN whose discriminator gives raw scores, as BCEWithLogitsLoss takes them."""

import torch
from torch import Tensor, nn

import lossguard

BATCH, NOISE = 64, 4


def network(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, 32), nn.LeakyReLU(0.2), nn.Linear(32, outputs))


def real_points() -> Tensor:
    return torch.tensor([2.0, -1.0]) + 0.3 * torch.randn(BATCH, 2)


torch.manual_seed(0)
generator, discriminator = network(NOISE, 2), network(2, 1)
adversarial = lossguard.guard(nn.BCEWithLogitsLoss())
optimizer_g = torch.optim.Adam(generator.parameters(), lr=0.005)
optimizer_d = torch.optim.Adam(discriminator.parameters(), lr=0.005)
real, fake = torch.ones(BATCH, 1), torch.zeros(BATCH, 1)

for _ in range(400):
    made = generator(torch.randn(BATCH, NOISE))
    loss_g = adversarial(discriminator(made), real)
    optimizer_g.zero_grad()
    loss_g.backward()
    optimizer_g.step()

    loss_d = adversarial(discriminator(real_points()), real) + adversarial(discriminator(made.detach()), fake)
    optimizer_d.zero_grad()
    loss_d.backward()
    optimizer_d.step()

x, y = generator(torch.randn(1000, NOISE)).mean(dim=0).tolist()
print(f"points made around ({x:.1f}, {y:.1f}), real ones around (2.0, -1.0)")

validity = discriminator(real_points()).sigmoid()
try:
    adversarial(validity, real)  # noqa: LG104
except lossguard.LossGuardError as error:
    print(error)
