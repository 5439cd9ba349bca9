"""Hugging Face Trainer: a callback watches the run, or the loss is given and guarded."""

import tempfile

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_callback import PrinterCallback

import lossguard
from lossguard.runtime.integrations.transformers import LossGuardCallback, compute_loss_func


class Classifier(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 3))

    def forward(self, points: Tensor) -> dict[str, Tensor]:
        return {"logits": self.layers(points)}


class Mistaken(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 3))

    def forward(self, points: Tensor, labels: Tensor) -> dict[str, Tensor]:
        probabilities = self.layers(points).softmax(dim=1)
        return {"loss": F.cross_entropy(probabilities, labels), "logits": probabilities}  # noqa: LG101


def trainer(model: nn.Module, callbacks: list[TrainerCallback], **options: object) -> Trainer:
    arguments = TrainingArguments(
        output_dir,
        num_train_epochs=10,
        per_device_train_batch_size=50,
        learning_rate=0.05,
        use_cpu=True,
        disable_tqdm=True,
        report_to=[],
        save_strategy="no",
        remove_unused_columns=False,
    )
    made = Trainer(model, arguments, train_dataset=rows, callbacks=callbacks, **options)
    made.remove_callback(PrinterCallback)
    return made


torch.manual_seed(0)
points = torch.randn(300, 2)
labels = points.sum(dim=1).clamp(-1, 1).round().long() + 1
rows = [{"points": point, "labels": label} for point, label in zip(points, labels, strict=True)]

with tempfile.TemporaryDirectory() as output_dir:
    model = Classifier()
    loss = compute_loss_func(nn.CrossEntropyLoss(reduction="sum"))
    trainer(model, [], compute_loss_func=loss).train()
    print(f"right: {(model(points)['logits'].argmax(dim=1) == labels).float().mean().item():.0%}")

    watching = LossGuardCallback()
    try:
        trainer(Mistaken(), [watching]).train()
    except lossguard.LossGuardError as error:
        print(error)
    finally:
        watching.stop()
