"""Each integration, run with the library that it is for; skipped where that is not installed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from lossguard import LossGuardError
from lossguard.runtime.watch import _RUNNING

pytestmark = pytest.mark.filterwarnings("ignore")  # those of the libraries
SAMPLES, CLASSES = 32, 5


def net(*, wrong: bool) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Linear(4, CLASSES)]
    return nn.Sequential(*layers, *([nn.Softmax(dim=1)] if wrong else []))


def data() -> TensorDataset:
    return TensorDataset(torch.randn(SAMPLES, 4), torch.arange(SAMPLES) % CLASSES)


def told(run: Callable[[], object]) -> str | None:
    """Give the code that a run ends with, and see that no watch is left behind."""
    try:
        run()
    except LossGuardError as error:
        return error.code
    finally:
        assert _RUNNING == []
    return None


@pytest.mark.parametrize("wrong", [False, True])
def test_lightning(wrong: bool, tmp_path: Path) -> None:
    lightning = pytest.importorskip("lightning.pytorch")
    from lossguard.runtime.integrations.lightning import LossGuard

    class Task(lightning.LightningModule):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.net = net(wrong=wrong)

        def training_step(self, batch: list[Tensor], index: int) -> Tensor:
            return functional.cross_entropy(self.net(batch[0]), batch[1])

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), lr=0.1)

    trainer = lightning.Trainer(
        max_epochs=1,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=tmp_path,
        callbacks=[LossGuard()],
    )
    assert told(lambda: trainer.fit(Task(), DataLoader(data(), 8))) == ("LG101" if wrong else None)


def _trainer(tmp_path: Path, *, wrong: bool, **options: Any) -> Any:
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("accelerate")

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = net(wrong=wrong)

        def forward(self, x: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
            logits = self.net(x)
            if labels is None:
                return {"logits": logits}
            return {"loss": functional.cross_entropy(logits, labels), "logits": logits}

    rows = [dict(zip(("x", "labels"), row, strict=True)) for row in zip(*data().tensors, strict=True)]
    arguments = transformers.TrainingArguments(
        str(tmp_path), max_steps=2, report_to=[], use_cpu=True, disable_tqdm=True, save_strategy="no"
    )
    return transformers.Trainer(Model(), arguments, train_dataset=rows, **options)


@pytest.mark.parametrize("wrong", [False, True])
def test_hugging_face_callback(wrong: bool, tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    from lossguard.runtime.integrations.transformers import LossGuardCallback

    callback = LossGuardCallback()
    trainer = _trainer(tmp_path, wrong=wrong, callbacks=[callback])

    def run() -> None:
        try:
            trainer.train()
        finally:
            callback.stop()

    assert told(run) == ("LG101" if wrong else None)


@pytest.mark.parametrize("wrong", [False, True])
def test_hugging_face_compute_loss_func(wrong: bool, tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    from lossguard.runtime.integrations.transformers import compute_loss_func

    loss = compute_loss_func(nn.CrossEntropyLoss(reduction="sum"))
    trainer = _trainer(tmp_path, wrong=wrong, compute_loss_func=loss)
    assert told(trainer.train) == ("LG101" if wrong else None)


@pytest.mark.parametrize("wrong", [False, True])
def test_accelerate(wrong: bool) -> None:
    accelerate = pytest.importorskip("accelerate")
    from lossguard.runtime.integrations.accelerate import prepare

    accelerator = accelerate.Accelerator(cpu=True)
    model = net(wrong=wrong)
    made = prepare(
        accelerator,
        model,
        torch.optim.SGD(model.parameters(), lr=0.1),
        DataLoader(data(), 8),
        nn.CrossEntropyLoss(),
    )
    model, optimizer, loader, criterion = made

    def run() -> None:
        for inputs, labels in loader:
            accelerator.backward(criterion(model(inputs), labels))
            optimizer.step()

    assert told(run) == ("LG101" if wrong else None)


@pytest.mark.parametrize("wrong", [False, True])
def test_ignite(wrong: bool) -> None:
    engine = pytest.importorskip("ignite.engine")
    from lossguard.runtime.integrations.ignite import attach

    model = net(wrong=wrong)
    trainer = engine.create_supervised_trainer(
        model, torch.optim.SGD(model.parameters(), lr=0.1), nn.CrossEntropyLoss()
    )
    attach(trainer)
    assert told(lambda: trainer.run(DataLoader(data(), 8), max_epochs=1)) == ("LG101" if wrong else None)


@pytest.mark.parametrize("wrong", [False, True])
def test_skorch(wrong: bool) -> None:
    skorch = pytest.importorskip("skorch")
    from lossguard.runtime.integrations.skorch import LossGuard

    learner = skorch.NeuralNet(
        net(wrong=wrong),
        nn.CrossEntropyLoss,
        max_epochs=1,
        train_split=None,
        verbose=0,
        callbacks=[LossGuard()],
    )
    inputs, labels = data().tensors
    assert told(lambda: learner.fit(inputs.numpy(), labels.numpy())) == ("LG101" if wrong else None)
    if not wrong:
        assert type(learner.criterion_) is nn.CrossEntropyLoss


@pytest.mark.parametrize("wrong", [False, True])
def test_fastai(wrong: bool) -> None:
    losses = pytest.importorskip("fastai.losses")
    from fastai.callback.progress import ProgressCallback
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner

    from lossguard.runtime.integrations.fastai import LossGuard

    loss = losses.CrossEntropyLossFlat()
    loaders = DataLoaders(DataLoader(data(), 8), DataLoader(data(), 8))
    learner = Learner(loaders, net(wrong=wrong), loss_func=loss, cbs=LossGuard())

    def run() -> None:
        learner.remove_cb(ProgressCallback)
        with learner.no_logging():
            learner.fit(1, 0.1)

    assert told(run) == ("LG101" if wrong else None)
    assert learner.loss_func is loss
    logits = torch.randn(3, CLASSES)
    assert loss.decodes(logits).tolist() == logits.argmax(1).tolist()
    torch.testing.assert_close(loss.activation(logits), logits.softmax(1))
    loss.reduction = "none"
    assert loss(logits, torch.tensor([0, 1, 2])).shape == (3,)
