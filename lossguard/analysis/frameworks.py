"""What frameworks on top of torch do with models and criteria: data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

NOT_MODULES: tuple[str, ...] = (
    "builtins.",
    "abc.",
    "enum.",
    "typing.",
    "types.",
    "argparse.",
    "collections.",
    "dataclasses.",
    "torch.utils.data.",
    "torch.optim.",
    "torch.autograd.",
    "unittest.",
)
"""Where base classes come from that make no module of a class."""

TRAINED_ON: Mapping[str, str] = MappingProxyType(
    {"training_step": ".LightningModule", "compute_loss": ".Trainer"},
)
"""Methods that return the loss a framework trains on, with the base class that makes them so."""


def is_module_base(base: str) -> bool:
    """Whether a class outside the project may make a ``torch.nn.Module`` of what derives from it."""
    return not base.startswith(NOT_MODULES)
