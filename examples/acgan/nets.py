"""The two networks of an auxiliary classifier GAN on points in the plane."""

from torch import Tensor, nn

CLASSES = 4
NOISE = 8


class Generator(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(CLASSES, NOISE)
        self.layers = nn.Sequential(nn.Linear(NOISE, 32), nn.ReLU(), nn.Linear(32, 2))

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        return self.layers(noise * self.embedding(labels))


class Discriminator(nn.Module):
    """Tells whether points are real, and which class they are of."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2))
        self.validity = nn.Sequential(nn.Linear(32, 1), nn.Sigmoid())
        self.label = nn.Sequential(nn.Linear(32, CLASSES), nn.Softmax(dim=1))

    def forward(self, points: Tensor) -> tuple[Tensor, Tensor]:
        features = self.body(points)
        return self.validity(features), self.label(features)
