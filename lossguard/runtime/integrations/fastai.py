"""fastai: ``Learner(..., cbs=LossGuard())`` guards the loss inside of the learner's own.

fastai wraps a loss of torch and adds ``activation``, ``decodes`` and a ``reduction`` that can be set; the
wrapper stays what it is, and what it wraps is guarded.
"""

from __future__ import annotations

from typing import Any

from fastai.callback.core import Callback
from torch import nn

from lossguard.runtime.guard import guard, unguard


class LossGuard(Callback):  # type: ignore[misc]
    """Guards while a learner fits; takes the options of ``lossguard.guard``."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401
        super().__init__()
        self.options = options

    def before_fit(self) -> None:
        """Guard the loss."""
        loss = self.learn.loss_func
        if isinstance(loss, nn.Module):
            guard(loss, **self.options)
        elif isinstance(inner := getattr(loss, "func", None), nn.Module):
            guard(inner, **self.options)
        else:
            self.learn.loss_func = guard(loss, **self.options)

    def after_fit(self) -> None:
        """Take the guard off."""
        loss = self.learn.loss_func
        inner = getattr(loss, "func", None)
        if isinstance(inner, nn.Module):
            unguard(inner)
        else:
            self.learn.loss_func = unguard(loss)
