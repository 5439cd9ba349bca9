"""skorch: ``NeuralNet(..., callbacks=[LossGuard()])`` guards the criterion of a net while it is trained."""

from __future__ import annotations

from typing import Any

from skorch.callbacks import Callback

from lossguard.runtime.guard import guard, unguard


class LossGuard(Callback):  # type: ignore[misc]
    """Guards ``net.criterion_``, a loss of torch or a module that holds some.

    options: those of ``lossguard.guard``.
    """

    def __init__(self, **options: Any) -> None:  # noqa: ANN401
        self.options = options

    def on_train_begin(self, net: Any, **kwargs: object) -> None:  # noqa: ANN401, ARG002
        """Guard the criterion."""
        guard(net.criterion_, **self.options)

    def on_train_end(self, net: Any, **kwargs: object) -> None:  # noqa: ANN401, ARG002
        """Take the guard off."""
        unguard(net.criterion_)
