"""Hugging Face ``Trainer``: a callback that watches a run, and a guarded ``compute_loss_func``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor
from transformers import TrainerCallback

from lossguard.runtime.guard import guard
from lossguard.runtime.watch import Watch, watch


class LossGuardCallback(TrainerCallback):  # type: ignore[misc]
    """Watches from the begin of training to its end; takes the options of ``lossguard.watch``.

    ``Trainer`` tells no callback that training has failed: call ``stop`` where the error is caught.
    """

    def __init__(self, **options: Any) -> None:  # noqa: ANN401
        self._options = options
        self._watch: Watch | None = None

    def on_train_begin(self, *args: object, **kwargs: object) -> None:  # noqa: ARG002
        """Start to watch."""
        self.stop()
        self._watch = watch(**self._options)

    def on_train_end(self, *args: object, **kwargs: object) -> None:  # noqa: ARG002
        """Stop."""
        self.stop()

    def stop(self) -> None:
        """End the watch; more than once changes nothing."""
        if self._watch is not None:
            self._watch.stop()
            self._watch = None


def compute_loss_func(
    criterion: Callable[..., Tensor],
    **options: Any,  # noqa: ANN401
) -> Callable[..., Tensor]:
    """Guard a criterion, for ``Trainer(compute_loss_func=...)``: it gets logits (M, C) and labels (M).

    criterion: one that sums, where gradients are accumulated: its loss is divided by the number of items.
    """
    guarded = guard(criterion, **options)
    sums = getattr(criterion, "reduction", "mean") == "sum"

    def loss(outputs: Any, labels: Tensor, num_items_in_batch: Any = None) -> Tensor:  # noqa: ANN401
        logits: Tensor = outputs["logits"]
        total = guarded(logits.reshape(-1, logits.shape[-1]), labels.reshape(-1))
        return total / num_items_in_batch if sums and num_items_in_batch is not None else total

    return loss
