"""Lightning: ``Trainer(callbacks=[LossGuard()])`` watches every loss call of a run."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from lossguard.runtime.watch import Watch, watch

if TYPE_CHECKING or find_spec("lightning") is not None:
    from lightning.pytorch.callbacks import Callback
else:
    from pytorch_lightning.callbacks import Callback


class LossGuard(Callback):  # type: ignore[misc]
    """Watches from the setup of a stage to its end, however it ends.

    options: those of ``lossguard.watch``.
    """

    def __init__(self, **options: Any) -> None:  # noqa: ANN401
        self._options = options
        self._watch: Watch | None = None

    def setup(self, trainer: object, pl_module: object, stage: str) -> None:  # noqa: ARG002
        """Start to watch."""
        self._stop()
        self._watch = watch(**self._options)

    def teardown(self, trainer: object, pl_module: object, stage: str) -> None:  # noqa: ARG002
        """Stop."""
        self._stop()

    def on_exception(self, trainer: object, pl_module: object, exception: BaseException) -> None:  # noqa: ARG002
        """Stop."""
        self._stop()

    def _stop(self) -> None:
        if self._watch is not None:
            self._watch.stop()
            self._watch = None
