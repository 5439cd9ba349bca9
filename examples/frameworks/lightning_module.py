"""Lightning: the callback watches every loss call of a run."""

import logging
import warnings

import torch
from lightning.pytorch import LightningModule, Trainer
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

import lossguard
from lossguard.runtime.integrations.lightning import LossGuard

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
warnings.filterwarnings("ignore", module="lightning")


class Classifier(LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 3))

    def forward(self, points: Tensor) -> Tensor:
        return self.layers(points)

    def training_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        points, labels = batch
        return F.cross_entropy(self(points), labels)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=0.05)


class Mistaken(Classifier):
    def training_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        points, labels = batch
        return F.cross_entropy(self(points).softmax(dim=1), labels)  # noqa: LG101


def trainer() -> Trainer:
    return Trainer(
        max_epochs=10,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[LossGuard()],
    )


torch.manual_seed(0)
points = torch.randn(300, 2)
labels = points.sum(dim=1).clamp(-1, 1).round().long() + 1
loader = DataLoader(TensorDataset(points, labels), batch_size=50)

model = Classifier()
trainer().fit(model, loader)
print(f"right: {(model(points).argmax(dim=1) == labels).float().mean().item():.0%}")

try:
    trainer().fit(Mistaken(), loader)
except lossguard.LossGuardError as error:
    print(error)
